"""Every named statement can be prepared in its role on the migrated schema, and reaches large tables by an index.

A new statement is found by itself. One that has to read a whole table is named in SWEEPS, with the reason.
"""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from exchange.database import APPLICATION_ROLE, HUB_ROLE
from exchange.statements import statements
from tests.sql.planning import Planning, scanned

# In which role the statements of a file run.
ROLE_OF = {
    "publish": APPLICATION_ROLE, "imports": APPLICATION_ROLE, "reports": APPLICATION_ROLE, "reviews": APPLICATION_ROLE,
    "concealing": APPLICATION_ROLE,
    "recognition": APPLICATION_ROLE, "recognition_batches": APPLICATION_ROLE,
    "recognition_rules": APPLICATION_ROLE, "demo": APPLICATION_ROLE, "standing": APPLICATION_ROLE,
    "idempotency": APPLICATION_ROLE, "statistics": APPLICATION_ROLE, "identity": APPLICATION_ROLE,
    "digests": APPLICATION_ROLE, "gating": APPLICATION_ROLE, "repairs": APPLICATION_ROLE, "scoreboard": HUB_ROLE,
    "policies": APPLICATION_ROLE, "disputes": APPLICATION_ROLE, "tips": APPLICATION_ROLE, "telling": HUB_ROLE,
    "detections": HUB_ROLE, "succession": HUB_ROLE,
    "rosters": APPLICATION_ROLE, "alerting": HUB_ROLE,
    "registry": HUB_ROLE, "agreements": HUB_ROLE, "triggers": HUB_ROLE, "propagation": HUB_ROLE,
    "joining": HUB_ROLE, "opening": HUB_ROLE, "ending": HUB_ROLE, "sources": HUB_ROLE, "clock": HUB_ROLE,
    "outbox": HUB_ROLE, "holidays": HUB_ROLE, "names": HUB_ROLE, "ledger": HUB_ROLE,
    "confirmations": APPLICATION_ROLE, "reconfirming": HUB_ROLE, "confirmation_pages": HUB_ROLE,
    "safety_codes": APPLICATION_ROLE, "status_lists": HUB_ROLE, "transfers": APPLICATION_ROLE,
}  # fmt: skip
# Statements that run in another role than their file, or as the owner.
ROLE_OF_ONE = {
    ("idempotency", "forget"): HUB_ROLE, ("imports", "forget_returned"): HUB_ROLE, ("reviews", "hand_over"): HUB_ROLE,
    ("reviews", "take_over"): HUB_ROLE, ("reviews", "place"): HUB_ROLE, ("reviews", "treatment"): HUB_ROLE,
    ("reviews", "raise_escalated"): HUB_ROLE, ("repairs", "request"): HUB_ROLE,
    ("safety_codes", "code"): HUB_ROLE, ("safety_codes", "face"): HUB_ROLE, ("safety_codes", "keep_scan"): HUB_ROLE,
    ("status_lists", "keep_slot"): APPLICATION_ROLE, ("status_lists", "slot_of"): APPLICATION_ROLE,
    ("repairs", "raise_overdue"): HUB_ROLE, ("tips", "raise_overdue"): HUB_ROLE,
    ("ledger", "visible_record"): APPLICATION_ROLE, ("ledger", "visible_review"): APPLICATION_ROLE,
    ("ledger", "visible_rule"): APPLICATION_ROLE, ("ledger", "visible_confirmation"): APPLICATION_ROLE,
    ("ledger", "visible_to_all"): APPLICATION_ROLE, ("ledger", "visible_agreement"): APPLICATION_ROLE,
    ("ledger", "visible_membership"): APPLICATION_ROLE, ("ledger", "visible_transfer"): APPLICATION_ROLE,
    ("transfers", "open_reviews"): HUB_ROLE, ("transfers", "raise_overdue"): HUB_ROLE,
    ("transfers", "raise_questioned"): HUB_ROLE,
    ("ledger", "add_witness"): APPLICATION_ROLE, ("ledger", "cosign"): APPLICATION_ROLE,
    ("scoreboard", "cases"): APPLICATION_ROLE, ("scoreboard", "note_reading"): APPLICATION_ROLE,
}  # fmt: skip
# Run as the owner: before there are roles, or on another database than the migrated one.
OF_THE_OWNER = {"connection", "logins", "migrate", "doctor"}
SWEEPS: dict[tuple[str, str], str] = {
    ("names", "forget_all"): "the index is emptied to be built again, when the operator asks for it",
    ("names", "known_names"): "counted once after it was built again",
    ("ledger", "unlogged_record"): "the whole log is held against all rows, when the operator asks for it",
    ("ledger", "unlogged_review"): "likewise",
}


def every() -> Iterator[tuple[str, str]]:
    for module in (*ROLE_OF, *OF_THE_OWNER):
        for name in statements(module):
            yield module, name


CASES = [case for case in every() if case[0] in ROLE_OF]


def role_of(case: tuple[str, str]) -> str:
    return ROLE_OF_ONE.get(case, ROLE_OF[case[0]])


def test_every_file_of_statements_has_its_role() -> None:
    files = {one.name.removesuffix(".sql") for one in (resources.files("exchange") / "sql").iterdir()}
    assert files == set(ROLE_OF) | OF_THE_OWNER


@pytest.mark.parametrize("case", CASES, ids=".".join)
async def test_the_statement_can_be_prepared_in_its_role(case: tuple[str, str], planning: Planning) -> None:
    module, name = case
    prepared = await planning.connections[role_of(case)].prepare(statements(module)[name])
    assert prepared.get_statusmsg() is not None or prepared.get_parameters() is not None


@pytest.mark.parametrize("case", CASES, ids=".".join)
async def test_the_statement_may_do_what_it_does(case: tuple[str, str], planning: Planning) -> None:
    """Privileges are checked when a plan is made ready: a grant that is missing shows here."""
    assert await plan_of(case, planning) is not None


@pytest.mark.parametrize("case", [case for case in CASES if case not in SWEEPS], ids=".".join)
async def test_the_statement_reaches_large_tables_by_an_index(case: tuple[str, str], planning: Planning) -> None:
    assert scanned(await plan_of(case, planning)) == set()


async def test_what_is_excused_as_a_sweep_still_is_one(planning: Planning) -> None:
    for case in SWEEPS:
        assert scanned(await plan_of(case, planning)) != set(), case


async def plan_of(case: tuple[str, str], planning: Planning) -> Any:
    module, name = case
    return await planning.plan(role_of(case), statements(module)[name])
