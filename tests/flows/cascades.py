"""The officer's words of tests/spec/cascade.md as doings on a quiet hub: what they are, and what stands afterwards.

A firm of each case's own has a matter in Guangzhou; Shenzhen, Dongguan and the province report sanctions. Add the next
doing as a method of Case and its word to DOINGS.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import asyncpg

from exchange.clock import run_clock
from exchange.publishing.publish import Report
from exchange.runtime import Runtime
from schema.fields import CHINA
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep

PLACES = {"深圳": ("sz-bureau", "440300"), "东莞": ("dg-bureau", "441900"), "省住建": ("gd-housing", "440000"),
          "广州": ("gz-bureau", "440100"), "平台": ("bidding-platform", "")}  # fmt: skip
TOLD_PLACES = ("广州", "深圳", "东莞", "平台")
STATES = {"RECEIVED": "待处理", "DECIDED": "已办结", "DECLINED": "已退回", "WITHDRAWN": "已撤回"}
BANDS = {"红": "RED", "橙": "ORANGE", "黄": "YELLOW"}
TOLD = {
    "riskFlag.raised": "列入", "riskFlag.lifted": "移出", "dishonesty.termEnded": "期满", "report.voided": "作废",
    "record.withdrawn": "停止使用", "review.opened": "开启", "review.joined": "并入", "review.progressed": "进展",
    "review.causeLifted": "起因解除", "review.causeChanged": "起因变更", "review.withdrawn": "撤回",
    "review.decided": "办结",
}  # fmt: skip
FIRM = """query F($c: String!) { enterprise(creditCode: $c) {
  clearance { isClear standing clearedOn }
  flags(first: 20, isCurrent: true) { nodes { owner { id } } }
  reviews(first: 20) { nodes { id version state openedOn causeLiftedOn causes(first: 9) { nodes {
    authority { id } joinedOn liftedOn liftedAs } } } } } }"""
EVENTS = "query E($c: String!) { events(first: 100, creditCode: $c) { nodes { id type } } }"
DECIDE = "mutation M($i: ReviewDecideInput!) { reviewDecide(input: $i) { userErrors { code } } }"
DECLINE = "mutation M($i: ReviewDeclineInput!) { reviewDecline(input: $i) { userErrors { code } } }"
VOID = "mutation M($x: RecordVoidInput!) { recordVoid(input: $x) { userErrors { code } } }"
NOTE = "mutation M($x: RecordNoteInput!) { recordNote(input: $x) { userErrors { code } } }"
MISTAKEN = Report(kind="CORRECTION", reason="误报")


@dataclass(kw_only=True)
class Today:
    """The day it is for a hub; the clock of a case moves it."""

    day: date = DAY

    def now(self) -> datetime:
        """Noon in China."""
        return datetime.combine(self.day, time(12), tzinfo=CHINA)


@dataclass(kw_only=True)
class Case:
    """One row: a firm, what was reported of it under each name, and the day it is."""

    hub: Runtime
    firm: material.Firm = field(default_factory=material.firm)
    serial: str = field(default_factory=material.number)
    today: Today
    heard: dict[str, dict[str, str]] = field(default_factory=lambda: {place: {} for place in TOLD_PLACES})
    matters: list[dict[str, Any]] = field(default_factory=list)
    reported: dict[tuple[str, str], tuple[str, dict[str, Any], str]] = field(default_factory=dict)

    async def do(self, words: str) -> None:
        """Do what a step says, and let everybody hear of it."""
        await self.act(words)
        await self.listen()

    async def act(self, words: str) -> None:
        """Do what a step says: place, doing, what else."""
        place, doing, *rest = words.split()
        await DOINGS[doing](self, place, *rest)
        await self.hub.settle()

    async def begin(self) -> None:
        """The first day, with everybody in the agreements."""
        self.today.day = DAY
        await self._membership("update agreement_member set left_on = null where left_on is not null")

    async def matter(self, place: str) -> None:
        slug, region = PLACES[place]
        self.matters.append(material.matter(self.firm, region))
        await keep(self.hub, slug, "PROJECT_APPROVAL", self.matters[-1], day=self.today.day)

    async def end_matter(self, place: str) -> None:
        closed = {**self.matters[-1], "status": "CLOSED"}
        await keep(self.hub, PLACES[place][0], "PROJECT_APPROVAL", closed, day=self.today.day)

    async def leave(self, place: str) -> None:
        """Today is the last day of its agreements."""
        tenant = self.hub.directory.by_slug[PLACES[place][0]].tenant_id
        await self._membership("update agreement_member set left_on = $1 where tenant_id = $2", self.today.day, tenant)

    async def report(self, place: str, name: str, *, kind: str = "RISK_FLAG", **changed: Any) -> None:
        slug, region = PLACES[place]
        values = {**material.flag(self.firm, decision=self._decision(name)), "region": region, **changed}
        if kind != "RISK_FLAG":
            values = {name: value for name, value in values.items() if name not in ("category", "severity")} | changed
        called = name[0] if kind == "RISK_FLAG" else f"{name[0]}名单"
        self.reported[place, called] = (kind, values, await keep(self.hub, slug, kind, values, day=self.today.day))

    async def list_for_dishonesty(self, place: str, name: str, *rest: str) -> None:
        ends = {"termEndsOn": _day(rest[0])} if rest else {}
        await self.report(place, name, kind="SERIOUS_DISHONESTY", listedOn="2024-03-01", **ends)

    async def lift(self, place: str, name: str, day: str) -> None:
        await self._again(place, name, {"liftedOn": _day(day), "liftReason": "整改完成"})

    async def undo_lifting(self, place: str, name: str) -> None:
        await self._again(place, name, {}, MISTAKEN)

    async def correct_words(self, place: str, name: str) -> None:
        await self._again(place, name, {"cause": "重大事故隐患逾期未整改"}, MISTAKEN)

    async def correct_severity(self, place: str, name: str, band: str) -> None:
        await self._again(place, name, {"severity": BANDS[band]}, MISTAKEN)

    async def appeal(self, place: str, name: str) -> None:
        sent = {"recordId": self.reported[place, name][2], "kind": "APPEAL", "text": "复议"}
        answer = await answered(self.hub, PLACES[place][0], NOTE, x=sent)
        assert answer["data"]["recordNote"] == {"userErrors": []}

    async def void(self, place: str, name: str) -> None:
        sent = {"recordId": self.reported[place, name][2], "reason": "误报"}
        answer = await answered(self.hub, PLACES[place][0], VOID, x=sent)
        assert answer["data"]["recordVoid"] == {"userErrors": []}

    async def decide(self, place: str, *_: str) -> None:
        await self._step(place, DECIDE, "reviewDecide", outcome="MAINTAINED", reason="无碍")

    async def decline(self, place: str, *_: str) -> None:
        await self._step(place, DECLINE, "reviewDecline", reason="NOT_COMPETENT")

    async def clock(self, _: str, day: str) -> None:
        self.today.day = date.fromisoformat(_day(day))
        async with self.hub.database.hub_pool.acquire() as connection:
            await run_clock(connection, self.today.day)

    async def seen(self, place: str = "广州") -> dict[str, Any]:
        """The firm as an authority sees it."""
        found: dict[str, Any] = (await answered(self.hub, PLACES[place][0], FIRM, c=self.firm.credit_code))["data"]
        return found["enterprise"]  # type: ignore[no-any-return]

    def told(self, place: str) -> str:
        """What a place was told of the firm, each with how often; also what it may read no more."""
        counts = Counter(TOLD[one] for one in self.heard[place].values() if one in TOLD)
        return " ".join(f"{what}{counts[what]}" for what in TOLD.values() if counts[what])

    async def listen(self) -> None:
        """Everybody reads the stream."""
        for place in TOLD_PLACES:
            found = await answered(self.hub, PLACES[place][0], EVENTS, c=self.firm.credit_code)
            self.heard[place] |= {one["id"]: one["type"] for one in found["data"]["events"]["nodes"]}

    def _decision(self, name: str) -> str:
        number = self.serial if name[0] == "甲" else self.serial.replace("示应急决", f"示另决{name[0]}")
        return number if len(name) == 1 else _written_otherwise(number)

    async def _membership(self, statement: str, *values: Any) -> None:
        owner = await asyncpg.connect(self.hub.database.dsn)
        try:
            await owner.execute(statement, *values)
        finally:
            await owner.close()
        await self.hub.reload()

    async def _again(self, place: str, name: str, changed: Mapping[str, Any], report: Report | None = None) -> None:
        kind, values, _ = self.reported[place, name]
        kept = await keep(self.hub, PLACES[place][0], kind, {**values, **changed}, day=self.today.day, report=report)
        assert kept == self.reported[place, name][2]

    async def decide_one(self, place: str, review: Mapping[str, Any]) -> None:
        """Decide a review as it was read."""
        await self._step_of(review, place, DECIDE, "reviewDecide", outcome="MAINTAINED", reason="无碍")
        await self.hub.settle()

    async def _step(self, place: str, mutation: str, field_name: str, **values: str) -> None:
        (review,) = [one for one in (await self.seen(place))["reviews"]["nodes"] if one["state"] == "RECEIVED"]
        await self._step_of(review, place, mutation, field_name, **values)

    async def _step_of(
        self, review: Mapping[str, Any], place: str, mutation: str, field_name: str, **values: str
    ) -> None:
        sent = {"reviewId": review["id"], "expectedVersion": review["version"], **values}
        answer = await answered(self.hub, PLACES[place][0], mutation, i=sent)
        assert answer["data"][field_name] == {"userErrors": []}


def standing(firm: Mapping[str, Any]) -> str:
    """The cell of a firm's flags: whose stand, or since when none does."""
    slugs = sorted(one["owner"]["id"] for one in firm["flags"]["nodes"])
    places = [place for place, (slug, _) in PLACES.items() for one in slugs if one == slug]
    clear = firm["clearance"]
    assert (clear["isClear"], clear["standing"]) == (not places, len(places))
    assert clear["clearedOn"] is None or not places
    return "、".join(places) or "无" + (f"，{clear['clearedOn'][5:]} 起" if clear["clearedOn"] else "")


def states(firm: Mapping[str, Any]) -> str:
    """The cell of its reviews: each with its state, and since when none of its causes stands."""
    return "；".join(
        STATES[one["state"]] + (f"（{one['causeLiftedOn'][5:]} 起因解除）" if one["causeLiftedOn"] else "")
        for one in sorted(firm["reviews"]["nodes"], key=lambda one: (one["causeLiftedOn"] or "z", one["state"]))
    )


def _day(written: str) -> str:
    return f"2026-{written}"


def _written_otherwise(number: str) -> str:
    """Full-width digits, other brackets, a blank."""
    wide = number.translate({ord(str(digit)): chr(ord("０") + digit) for digit in range(10)})
    return wide.replace("〔", "【").replace("〕", "】 ")


DOINGS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "报事项": Case.matter, "列入": Case.report, "列入名单": Case.list_for_dishonesty, "解除": Case.lift,
    "更正文字": Case.correct_words, "更正程度": Case.correct_severity, "申诉": Case.appeal,
    "更正解除": Case.undo_lifting, "作废": Case.void, "办结": Case.decide,
    "退回": Case.decline, "结束事项": Case.end_matter, "退出协议": Case.leave,
    "时钟": Case.clock,
}  # fmt: skip
