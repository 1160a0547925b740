"""Agreements as data: the operator publishes versions, members share from then on, one leaves on a day, one across the
border gets no person. Each test takes tenants of its own on board."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.cli.agreements import load_agreement
from exchange.cli.onboarding import add_tenant
from exchange.cli.printing import Printer
from exchange.demo.cast import synthetic_code
from exchange.workdays import add_workdays
from tenants.caller import caller_for
from tests.flows import material

OPERATOR = "operator"
PUBLISH = """mutation A($i: AgreementInput!) {
  agreementPublish(input: $i) { identifier version userErrors { code field message } } }"""
AGREEMENTS = """{ agreements { identifier version name basis askerMonths acceptWorkdays decideWorkdays
  members { tenant participation since until } equivalences { kind equivalentKind basis } } }"""
FLAGS = "query F($c: String!) { riskFlags(first: 5, creditCode: $c) { nodes { id } } }"
_SERIALS = count(9_300)
_NAMES = count(1)
Ask = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two authorities that share nothing yet, and the name of an agreement to be."""

    one: str
    other: str
    agreement: str


async def take_on_board(hub: Any, slug: str, region: str) -> str:
    serial = next(_SERIALS)
    values = {
        "slug": slug, "kind": "AUTHORITY", "name": f"协议试验局{serial}", "name_en": "bureau",
        "credit_code": synthetic_code("11", region, serial), "region": region, "sector": "EMERGENCY",
        "jurisdiction": region[:4],
    }  # fmt: skip
    await add_tenant(hub.runtime, Printer(as_json=True, language="en"), values, (), rotates=False, founds=False)
    await hub.runtime.reload()
    return slug


@pytest_asyncio.fixture
async def pair(hub: Any) -> Pair:
    name = f"pair-{next(_NAMES)}"
    one, other = [
        await take_on_board(hub, f"{name}-{side}", region) for side, region in (("a", "410100"), ("b", "420100"))
    ]
    return Pair(one=one, other=other, agreement=name)


def version_of(pair: Pair, version: int = 1, **changed: Any) -> dict[str, Any]:
    members = [{"tenant": slug, "participation": "FULL"} for slug in (pair.one, pair.other)]
    return {
        "identifier": pair.agreement, "version": version, "name": "试验协议", "nameEn": "A trial",
        "basis": "试协〔2026〕1号",
        "members": members, **changed,
    }  # fmt: skip


async def publish(ask: Ask, hub: Any, values: dict[str, Any]) -> list[tuple[str, list[str]]]:
    payload = (await ask(OPERATOR, PUBLISH, i=values)).data["agreementPublish"]
    await hub.runtime.reload()
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


async def flag_at(ask: Ask, slug: str) -> str:
    firm = material.firm("410100")
    await material.publish(ask, slug, "riskFlag", material.flag(firm))
    return firm.credit_code


async def sees(ask: Ask, slug: str, code: str) -> bool:
    return bool((await ask(slug, FLAGS, c=code)).data["riskFlags"]["nodes"])


async def test_members_share_from_the_day_of_publication(ask: Ask, hub: Any, pair: Pair) -> None:
    code = await flag_at(ask, pair.one)
    assert not await sees(ask, pair.other, code)
    assert await publish(ask, hub, version_of(pair)) == []
    assert await sees(ask, pair.other, code)


async def test_a_member_that_only_reads_shares_nothing(ask: Ask, hub: Any, pair: Pair) -> None:
    members = [{"tenant": pair.one, "participation": "READ_ONLY"}, {"tenant": pair.other, "participation": "FULL"}]
    assert await publish(ask, hub, version_of(pair, members=members)) == []
    codes = [await flag_at(ask, pair.one), await flag_at(ask, pair.one)]
    assert [await sees(ask, pair.other, code) for code in codes] == [False, False]


async def test_who_leaves_shares_and_reads_to_its_last_day_and_no_longer(ask: Ask, hub: Any, pair: Pair) -> None:
    today: date = hub.runtime.today()
    assert await publish(ask, hub, version_of(pair)) == []
    members = [
        {"tenant": pair.one, "participation": "FULL", "until": today.isoformat()},
        {"tenant": pair.other, "participation": "FULL"},
    ]
    assert await publish(ask, hub, version_of(pair, 2, members=members)) == []
    code = await flag_at(ask, pair.one)
    assert await sees(ask, pair.other, code)
    one, other = (hub.runtime.directory.by_slug[slug] for slug in (pair.one, pair.other))
    for reader, source in ((one, other), (other, one)):
        shared = [
            source.tenant_id in hub.runtime.directory.readable_owners(reader, today + timedelta(days=days))
            for days in (0, 1)
        ]
        assert shared == [True, False]


async def test_every_member_is_told_of_a_version_and_of_who_leaves(ask: Ask, hub: Any, pair: Pair) -> None:
    today = hub.runtime.today().isoformat()
    assert await publish(ask, hub, version_of(pair)) == []
    leaving = [
        {"tenant": pair.one, "participation": "FULL", "until": today}, {"tenant": pair.other, "participation": "FULL"},
    ]  # fmt: skip
    assert await publish(ask, hub, version_of(pair, 2, members=leaving)) == []
    await hub.runtime.settle()
    query = '{ events(first: 10, types: ["agreement.published"]) { nodes { type payload } } }'
    for slug, until in ((pair.one, today), (pair.other, None)):
        told = [one["payload"] for one in (await ask(slug, query)).data["events"]["nodes"]]
        assert sorted(told, key=lambda one: one["version"]) == [
            {"agreement": pair.agreement, "version": 1, "until": None, "leaving": {}},
            {"agreement": pair.agreement, "version": 2, "until": until, "leaving": {pair.one: today}},
        ]
    assert not (await ask("sz-bureau", query)).data["events"]["nodes"]


async def test_a_member_reads_its_agreements_with_what_was_promised(ask: Ask, hub: Any, pair: Pair) -> None:
    equivalence = {
        "kind": "SAFETY_MANAGEMENT", "equivalentKind": "ASSISTANT_SAFETY_ENGINEER", "basis": "试协附件一",
    }  # fmt: skip
    promised = {"askerMonths": 24, "acceptWorkdays": 3, "decideWorkdays": 8, "equivalences": [equivalence]}
    assert await publish(ask, hub, version_of(pair, **promised)) == []
    since = hub.runtime.today().isoformat()
    members = [
        {"tenant": slug, "participation": "FULL", "since": since, "until": None} for slug in (pair.one, pair.other)
    ]
    assert (await ask(pair.one, AGREEMENTS)).data["agreements"] == [{
        "identifier": pair.agreement, "version": 1, "name": "试验协议", "basis": "试协〔2026〕1号", **promised,
        "members": members,
    }]  # fmt: skip
    others = (await ask("sz-bureau", AGREEMENTS)).data["agreements"]
    assert pair.agreement not in [one["identifier"] for one in others]
    everybody = (await ask(OPERATOR, AGREEMENTS)).data["agreements"]
    assert {pair.agreement, "gba", "yrd"} <= {one["identifier"] for one in everybody}


async def test_what_was_agreed_on_for_askers_counts(ask: Ask, hub: Any, pair: Pair) -> None:
    assert await publish(ask, hub, version_of(pair, askerMonths=30)) == []
    ids = [hub.runtime.directory.by_slug[slug].tenant_id for slug in (pair.one, pair.other)]
    async with hub.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select asker_months($1, $2)", *ids) == 30


@pytest.mark.parametrize(("agreed", "workdays"), [(2, 2), (5, 5), (30, 5), (None, 5)])
async def test_a_review_between_members_is_due_when_they_agreed_and_no_later_than_usual(
    ask: Ask, hub: Any, pair: Pair, agreed: int | None, workdays: int
) -> None:
    assert await publish(ask, hub, version_of(pair, decideWorkdays=agreed)) == []
    firm = material.firm("410100")
    await material.publish(ask, pair.other, "projectApproval", material.matter(firm, "420100"))
    await material.publish(ask, pair.one, "riskFlag", material.flag(firm))
    await hub.runtime.settle()
    query = "{ reviews(first: 5) { nodes { dueOn openedOn } } }"
    (review,) = (await ask(pair.other, query)).data["reviews"]["nodes"]
    due = add_workdays(date.fromisoformat(review["openedOn"]), workdays).day
    assert review["dueOn"] == due.isoformat()


async def test_a_faulty_version_is_refused_whole(ask: Ask, hub: Any, pair: Pair) -> None:
    yesterday = (hub.runtime.today() - timedelta(days=1)).isoformat()
    members = [
        {"tenant": pair.one, "participation": "FULL", "until": yesterday},
        {"tenant": pair.one, "participation": "FULL"},
        {"tenant": "nobody", "participation": "FULL"},
        {"tenant": "bidding-platform", "participation": "FULL"},
    ]
    equivalences = [{"kind": "RISK_GRADING", "equivalentKind": "SAFETY_MANAGEMENT"}]
    faulty = version_of(pair, 2, name=" ", members=members, askerMonths=61, decideWorkdays=0, equivalences=equivalences)
    assert await publish(ask, hub, faulty) == [
        ("VERSION_CONFLICT", ["input", "version"]),
        ("FIELD_REQUIRED", ["input", "name"]),
        ("POLICY_BACKDATED", ["input", "members", "0", "until"]),
        ("AGREEMENT_MEMBER_UNKNOWN", ["input", "members", "1", "tenant"]),
        ("AGREEMENT_MEMBER_UNKNOWN", ["input", "members", "2", "tenant"]),
        ("AGREEMENT_FULL_FOREIGN", ["input", "members", "3", "participation"]),
        ("RULE_OUT_OF_LIMITS", ["input", "askerMonths"]),
        ("RULE_OUT_OF_LIMITS", ["input", "decideWorkdays"]),
        ("VALUE_NOT_IN_TABLE", ["input", "equivalences", "0", "kind"]),
    ]
    everybody = (await ask(OPERATOR, AGREEMENTS)).data["agreements"]
    assert pair.agreement not in [one["identifier"] for one in everybody]


async def test_a_member_is_not_dropped_in_silence(ask: Ask, hub: Any, pair: Pair) -> None:
    assert await publish(ask, hub, version_of(pair)) == []
    third = await take_on_board(hub, f"{pair.agreement}-c", "430100")
    members = [{"tenant": slug, "participation": "FULL"} for slug in (pair.one, third)]
    dropped = [("AGREEMENT_MEMBER_DROPPED", ["input", "members"])]
    assert await publish(ask, hub, version_of(pair, 2, members=members)) == dropped


@pytest.mark.parametrize("statement", ["update agreement_version set terms = '{}'", "delete from agreement_version"])
async def test_a_published_version_is_not_changed(hub: Any, statement: str) -> None:
    async with hub.database.hub_pool.acquire() as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(statement)


async def test_an_agreement_is_published_from_a_file(
    ask: Ask, hub: Any, pair: Pair, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "agreement.json"
    path.write_bytes(orjson.dumps(version_of(pair)))
    assert await load_agreement(hub.runtime, Printer(as_json=False, language="en"), path) == 0
    assert "试验协议" in capsys.readouterr().out
    code = await flag_at(ask, pair.one)
    await hub.runtime.reload()
    assert await sees(ask, pair.other, code)
    assert await load_agreement(hub.runtime, Printer(as_json=False, language="en"), path) == 1
    assert "version" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"identifier": "x"}', b'{"identifier": "x", "members": [1]}'])
async def test_what_is_no_agreement_is_refused(hub: Any, tmp_path: Any, content: bytes) -> None:
    path = tmp_path / "agreement.json"
    path.write_bytes(content)
    with pytest.raises(Exception, match="not an agreement"):
        await load_agreement(hub.runtime, Printer(as_json=False, language="en"), path)


async def test_across_the_border_no_person_is_seen_and_none_is_published(ask: Ask, hub: Any, pair: Pair) -> None:
    macau = await take_on_board(hub, f"{pair.agreement}-mo", "820000")
    members = [{"tenant": slug, "participation": "FULL"} for slug in (pair.one, pair.other, macau)]
    assert await publish(ask, hub, version_of(pair, members=members)) == []
    person, firm = material.person(), material.firm("410100")
    holder = material.special_operation(person, firm, region="410100")
    await material.publish(ask, pair.one, "specialOperation", holder)
    await material.publish(ask, pair.one, "riskFlag", material.flag(firm))
    query = "query C($n: String!) { certificate(by: { number: $n }) { id } }"
    seen = {
        slug: (await ask(slug, query, purpose=("核验", "DEM-1"), n=holder["number"])).data["certificate"] is not None
        for slug in (pair.other, macau)
    }
    assert seen == {pair.other: True, macau: False}
    assert await sees(ask, macau, firm.credit_code)
    own = material.special_operation(material.person(), firm, region="820000")
    payload = (await ask(macau, material.publishing("specialOperation"), input=own)).data["specialOperationPublish"]
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("CROSS_BORDER_PERSON", ["input", "idNumber"])
    ]


async def test_the_sight_across_the_border_is_that_of_partners(hub: Any, pair: Pair) -> None:
    macau = await take_on_board(hub, f"{pair.agreement}-hk", "810000")
    directory = hub.runtime.directory
    levels = [
        caller_for(directory, directory.clients[slug], expires_at=0, day=hub.runtime.today()).level
        for slug in (pair.one, macau, "bidding-platform")
    ]
    assert levels == [1, 3, 3]
