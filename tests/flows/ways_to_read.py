"""How the isolation tests ask each root field: an entry of READS says what is asked, and which ids the answer holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exchange.demo.cast import BAY_AREA, DELTA
from tests.flows import material
from tests.flows.neighbours import SHENZHEN, World

AGREEMENTS = {BAY_AREA: "agreement", DELTA: "delta"}


@dataclass(frozen=True, kw_only=True)
class Read:
    """One way to ask a root field: its arguments, what is selected, and the ids in the value. `list` reads all
    pages."""

    arguments: str = ""
    signature: str = ""
    selected: str = "id"
    variables: Callable[[World], dict[str, Any]] = lambda _: {}
    found: Callable[[Any], list[str]] = lambda value: [value["id"]] if value else []
    is_list: bool = False


def _ids(*names: str) -> Callable[[Any], list[str]]:
    return lambda value: [node["id"] for name in names for node in value[name]["nodes"]] if value else []


_LIST = Read(arguments="first: 100, after: $after", signature="$after: String", selected="nodes { id }", is_list=True)


def _by_id(name: str) -> Read:
    return Read(arguments="id: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids[name]})


def _logged(name: str) -> Read:
    found = lambda value: [value["entry"].partition('"key":"')[2][:36]] if value else []  # noqa: E731
    return replace(_by_id(name), selected="entry", found=found)


def _by(sort: str, value: Callable[[World], dict[str, str]], selected: str = "id") -> Read:
    return Read(arguments="by: $by", signature=f"$by: {sort}!", variables=lambda w: {"by": value(w)}, selected=selected)


def _of_firm(selected: str, *names: str) -> Read:
    return Read(
        arguments="creditCode: $code", signature="$code: String!", variables=lambda w: {"code": w.firm.credit_code},
        selected=selected, found=_ids(*names),
    )  # fmt: skip


def _of_month(selected: str) -> Read:
    return Read(
        arguments="month: $month", signature="$month: String!", variables=lambda w: {"month": w.month},
        selected=selected, found=lambda value: ["counts"] if value else [],
    )  # fmt: skip


def _search(argument: str, value: Callable[[World], str]) -> Read:
    return Read(
        arguments=f"first: 100, {argument}: $text", signature="$text: String!", selected="nodes { id }",
        variables=lambda w: {"text": value(w)}, found=lambda value: [node["id"] for node in value["nodes"]],
    )  # fmt: skip


def _within(value: Any, *names: str) -> Any:
    """What lies below; nothing where there is nothing."""
    for name in names:
        value = value and value[name]
    return value or []


def _overviews(value: Any) -> list[str]:
    """The records behind the sums: certificates as many as are counted, and assessments."""
    counted = sum(one["counts"]["total"] for one in _within(value, "certificatesByRegion"))
    certificates = [node["id"] for node in _within(value, "certificates", "nodes")]
    assert counted == len(certificates)
    return certificates + [step["recordId"] for one in _within(value, "gradingHistory") for step in one["steps"]]


READS: Mapping[tuple[str, str], Read] = {
    ("viewer", ""): Read(),
    ("certificate", "id"): _by("CertificateBy", lambda w: {"id": w.ids["certificate"]}),
    ("certificate", "本企业人员的编号"): _by("CertificateBy", lambda w: {"number": w.own_person.id_number}),
    ("certificates", ""): Read(
        arguments='first: 100, after: $after, kind: SAFETY_MANAGEMENT, region: "440300"', is_list=True
    ),
    ("person", "证件号码"): _by("PersonBy", lambda w: {"idNumber": w.person.id_number}, "id name"),
    ("person", "id"): _by("PersonBy", lambda w: {"id": w.ids["person"]}, "id name"),
    ("person", "岗位与证书是否相符"): replace(
        _by("PersonBy", lambda w: {"id": w.ids["person"]}, "id postFindings { coverage }"),
        found=lambda value: [value["id"] for finding in _within(value, "postFindings") if finding["coverage"] == "GAP"],
    ),
    ("enterprise", "标记"): _of_firm("flags(first: 100) { nodes { id } }", "flags"),
    ("enterprise", "标记所附措施"): replace(
        _of_firm("measures { flagId }"), found=lambda value: [one["flagId"] for one in _within(value, "measures")]
    ),
    ("enterprise", "事项与核查"): _of_firm(
        "matters(first: 9) { nodes { id } } reviews(first: 9) { nodes { id } }", "matters", "reviews"
    ),
    ("enterprise", "关键岗位缺口"): replace(
        _of_firm("keyStaff { duties { gaps { personId } } }"),
        found=lambda value: [gap["personId"] for duty in _within(value, "keyStaff", "duties") for gap in duty["gaps"]],
    ),
    ("enterprise", "证书汇总与历次分级"): replace(
        _of_firm("certificates(first: 9) { nodes { id } } certificatesByRegion { counts { total } } "
                 "gradingHistory { steps { recordId } }"),
        found=_overviews,
    ),
    ("enterprise", "后继企业所见前身的标记"): replace(
        _of_firm("predecessorFlags(first: 9) { nodes { id } }", "predecessorFlags"),
        variables=lambda w: {"code": w.successor.credit_code},
    ),
    ("riskFlag", "flag"): _by_id("flag"),
    ("riskFlag", "inquiry"): _by_id("inquiry"),
    ("riskFlag", "own_flag"): _by_id("own_flag"),
    ("riskFlags", ""): _LIST,
    ("matters", ""): _LIST,
    ("transfersOut", ""): _LIST,
    ("transfersIn", ""): _LIST,
    ("transferData", ""): _by("TransferBy", lambda w: {"number": w.own_person.id_number}, "id: certificateId"),
    ("review", "id"): _by_id("review"),
    ("review", "办理过程"): replace(
        _by_id("review"), selected="thread(first: 9) { nodes { reviewId } }",
        found=lambda value: [step["reviewId"] for step in _within(value, "thread", "nodes")],
    ),
    ("reviews", ""): _LIST,
    ("events", ""): Read(
        arguments="first: 100, after: $after", signature="$after: String!", variables=lambda w: {"after": w.start},
        selected="nodes { recordId reviewId }",
        found=lambda value: [one["reviewId"] or one["recordId"] for one in value["nodes"] if any(one.values())],
    ),
    ("recognition", ""): Read(
        arguments="input: $input", signature="$input: RecognitionInput!", selected="certificateId",
        variables=lambda w: {"input": {"certificateNumber": w.person.id_number, "hostRegion": "440100"}},
        found=lambda value: [value["certificateId"]] if value["certificateId"] else [],
    ),
    ("confirmation", "编号"): Read(
        arguments="number: $n", signature="$n: String!", variables=lambda w: {"n": w.ids["confirmation"]},
        selected="number", found=lambda value: [value["number"]] if value else [],
    ),
    ("confirmations", ""): Read(
        arguments="first: 100", selected="nodes { number }",
        found=lambda value: [node["number"] for node in value["nodes"]],
    ),
    ("recognitionRules", ""): Read(selected="identifier", found=lambda value: ["rules"] if value else []),
    ("agreements", ""): Read(selected="identifier", found=lambda value: [
        # test_agreements.py makes pairs of its own on the same hub, and looks itself who sees them
        AGREEMENTS.get(one["identifier"], "other") for one in value if not one["identifier"].startswith("pair-")
    ]),
    ("recognitionCoverage", ""): Read(
        arguments='hostRegion: "320000"', selected="coverage", found=lambda value: ["rules"] if value else []
    ),
    ("recognitionRuleHealth", ""): Read(selected="rule { identifier }", found=lambda value: [
        name for name in ("own_rule",) if any(one["rule"]["identifier"].startswith("AR-4403") for one in value)
    ]),
    ("recognitionSimulation", ""): Read(
        arguments="input: $input", signature="$input: RecognitionRuleInput!", selected="simulation { judged }",
        variables=lambda _: {"input": material.rule("AR-440300-0099", "4403") | {"issuingPrefixes": ["4403"]}},
        found=lambda value: ["drafted"] if (value["simulation"] or {}).get("judged") else [],
    ),
    ("triggerRules", ""): Read(selected="name", found=lambda value: ["defaults"] if value else []),
    ("policies", ""): Read(
        selected="identifier", found=lambda value: sorted({one["identifier"] for one in value})
    ),
    ("policySimulation", ""): Read(
        arguments="input: $input", signature="$input: PolicySimulationInput!", selected="simulation { changed }",
        variables=lambda _: {
            "input": {"months": 1, "terms": [{"rule": "RED_FLAG", "regions": ["440100"], "workdays": 2}]}
        },
        found=lambda value: ["findings"] if (value["simulation"] or {}).get("changed") else [],
    ),
    ("search", "全部"): _LIST,
    ("search", "企业名称"): _search("firmName", lambda w: w.firm.name),
    ("search", "信用代码"): _search("creditCode", lambda w: w.firm.credit_code),
    ("search", "证件号码"): _search("number", lambda w: w.person.id_number),
    ("statistics", ""): Read(
        arguments='by: [KIND], region: "440300", kinds: [SAFETY_MANAGEMENT, RISK_GRADING]',
        selected="industry firms { yellow }",
        found=lambda value: ["counts"] if any(row["firms"]["yellow"] for row in value) else [],
    ),
    ("digest", ""): Read(selected="day", found=lambda value: [value["day"]] if value else []),
    ("suspectedDuplicates", ""): _LIST,
    ("dispute", "id"): _by_id("dispute"),
    ("disputes", ""): _LIST,
    ("tip", "id"): _by("TipBy", lambda w: {"id": w.ids["tip"]}),
    ("tips", ""): _LIST,
    ("tipReporter", ""): Read(
        arguments="tipId: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids["tip"]}, selected="phone",
        found=lambda value: ["reporter"] if value else [],
    ),
    ("roster", "id"): _by_id("roster"),
    ("safetyCodeScans", ""): Read(
        arguments="certificateId: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids["certificate"]},
        found=lambda value: [one["id"] for one in value],
    ),
    ("rosters", ""): _LIST, ("gateChecks", ""): _LIST,
    ("gateReceipt", "回执编号"): Read(
        arguments="receiptNumber: $n", signature="$n: String!", variables=lambda w: {"n": w.receipt}
    ),
    ("measures", ""): Read(selected="code", found=lambda value: ["measures"] if value else []),
    ("clearance", "本企业的关卡"): Read(
        arguments='gate: BID, region: "440100"', selected="verdict", found=lambda value: ["own_clearance"],
    ),
    ("repairs", ""): _LIST,
    ("scoreboard", ""): _of_month("authority figures { measure denominator }"),
    ("scoreboardRows", "深圳的报送"): Read(
        arguments=f'first: 100, after: $after, month: "{{month}}", measure: REPORT_DAYS, authority: "{SHENZHEN}"',
        is_list=True,
    ),
    ("eventShares", ""): _of_month("type reviews"),
    ("ledgerCheckpoint", ""): Read(selected="note", found=lambda value: ["counts"] if value else []),
    ("ledgerConsistency", ""): Read(arguments="fromSize: $n, toSize: $n", signature="$n: Int!", selected="hashes",
        variables=lambda w: {"n": w.log_size}, found=lambda value: ["counts"] if value else []),
    ("ledgerInclusion", "限政府间的调查"): _logged("inquiry"), ("ledgerInclusion", "对外标记"): _logged("flag"),
    ("ledgerInclusion", "证书"): _logged("certificate"),
    ("importBatches", ""): _LIST, ("accessRecords", ""): _LIST,
}  # fmt: skip
