"""Every row of states.md is a test; add a row there. Below the tables: the whole of the table at once."""

from datetime import date
from itertools import product

import pytest

from schema.kinds import CertificateState
from schema.kinds.parts import CertificateOperation
from schema.kinds.states import ENDED, RESULTS, USABLE, WAYS_BACK, Former, is_issued_anew, may_follow
from tests.spec.tables import rows

STATES = [state.name for state in CertificateState]
OPERATIONS = [operation.name for operation in CertificateOperation]


@pytest.mark.parametrize("row", rows("states.md", "能否这样变更"), ids=lambda row: row["情形"])
def test_a_state_follows_another_or_does_not(row: dict[str, str]) -> None:
    assert may_follow(row["原状态"], row["新状态"], row["业务操作"] or None) is (row["结果"] == "采信")


@pytest.mark.parametrize("row", rows("states.md", "是否另发新证"), ids=lambda row: row["情形"])
def test_a_new_term_is_another_certificate_or_is_not(row: dict[str, str]) -> None:
    former = Former(
        state="REVOKED", since=date.fromisoformat(row["终止日"]), valid_to=date.fromisoformat(row["原有效期止"])
    )
    begins = date.fromisoformat(row["新有效期起"]) if row["新有效期起"] else None
    assert is_issued_anew(former, begins, row["业务操作"] or None) is (row["新证"] == "是")


def test_no_chain_of_ordinary_reports_leads_from_an_ended_certificate_to_a_usable_one() -> None:
    reached = {(before, after) for before, after in product(STATES, STATES) if may_follow(before, after)}
    for _ in STATES:
        reached |= {(one, last) for (one, middle), (again, last) in product(reached, reached) if middle == again}
    assert {pair for pair in reached if pair[0] in ENDED} == {(one, other) for one in ENDED for other in ENDED}


def test_what_is_worse_is_believed_whatever_the_operation() -> None:
    worse = set(STATES) - USABLE
    refused = {
        (before, after)
        for before, after, operation in product(set(STATES) - ENDED, worse, [None, *OPERATIONS])
        if not may_follow(before, after, operation)
    }
    assert refused == set()


def test_the_tables_speak_of_the_ten_operations_and_the_eight_states() -> None:
    assert set(RESULTS) == set(OPERATIONS)
    assert {state for states in RESULTS.values() for state in states} == set(STATES)
    for (_, after), operations in WAYS_BACK.items():
        assert {operation for operation in operations if after not in RESULTS[operation]} == set()
