"""Imports through GraphQL: rows in, findings by row out, taken back; and how far imports in the background have got."""

from typing import Any

from tests.flows import material

BUREAU, OTHER = "sz-bureau", "gz-bureau"
IMPORT = """mutation I($input: RecordsImportInput!) { recordsImport(input: $input) {
  batchId dryRun rowsRead rowsNew rowsUnchanged rowsRefused
  userErrors { row code field value } warnings { row code } } }"""
REVERT = """mutation R($id: ID!) { importRevert(input: {batchId: $id, operator: "示范审核"}) {
  batch { id revertedBy state } removed restored skipped userErrors { code field } } }"""
FOUND = "query G($code: String!) { riskGradings(first: 5, creditCode: $code) { nodes { id } } }"


def grading(**changed: Any) -> dict[str, Any]:
    return {**material.grading(material.firm()), **changed}


async def imported(ask: Any, rows: list[Any], **further: Any) -> dict[str, Any]:
    answer = await ask(BUREAU, IMPORT, input={"kind": "RISK_GRADING", "rows": rows, **further})
    found: dict[str, Any] = answer.data["recordsImport"]
    return found


async def gradings_of(ask: Any, row: dict[str, Any]) -> int:
    answer = await ask(BUREAU, FOUND, code=row["creditCode"])
    return len(answer.data["riskGradings"]["nodes"])


async def test_good_rows_are_kept_and_every_fault_is_told_with_its_row(ask: Any) -> None:
    good = grading()
    done = await imported(ask, [good, grading(band="紫"), [1]])
    assert (done["rowsRead"], done["rowsNew"], done["rowsRefused"], done["dryRun"]) == (3, 1, 2, False)
    assert [(one["row"], one["code"]) for one in done["userErrors"]] == [
        (2, "VALUE_NOT_IN_TABLE"), (3, "ROW_UNREADABLE"),
    ]  # fmt: skip
    assert done["userErrors"][0]["field"] == ["input", "rows", "band"]
    assert await gradings_of(ask, good) == 1
    again = await imported(ask, [good])
    assert (again["rowsUnchanged"], again["userErrors"]) == (1, [])


async def test_a_rehearsal_keeps_nothing(ask: Any) -> None:
    good = grading()
    done = await imported(ask, [good], dryRun=True)
    assert (done["batchId"], done["dryRun"], done["rowsNew"]) == (None, True, 1)
    assert await gradings_of(ask, good) == 0


async def test_no_rows_and_too_many_are_refused(ask: Any) -> None:
    for rows in ([], [{}] * 1001):
        done = await imported(ask, rows)
        assert [(one["code"], one["field"]) for one in done["userErrors"]] == [("BAD_INPUT", ["input", "rows"])]


async def test_an_import_is_taken_back_but_not_what_was_changed_since(ask: Any) -> None:
    rows = [grading(), grading()]
    batch = (await imported(ask, rows))["batchId"]
    await imported(ask, [{**rows[1], "score": 12, "band": "ORANGE", "assessedOn": "2024-04-01"}])
    done = (await ask(BUREAU, REVERT, id=batch)).data["importRevert"]
    assert (done["removed"], done["restored"], len(done["skipped"]), done["userErrors"]) == (1, 0, 1, [])
    assert done["batch"] == {"id": batch, "revertedBy": "示范审核", "state": "SUCCEEDED"}
    assert [await gradings_of(ask, row) for row in rows] == [0, 1]
    again = (await ask(BUREAU, REVERT, id=batch)).data["importRevert"]
    assert again["userErrors"] == [{"code": "ALREADY_REVERTED", "field": ["input", "batchId"]}]


async def test_an_import_of_another_is_like_none(ask: Any) -> None:
    batch = (await imported(ask, [grading()]))["batchId"]
    for one in (batch, "nonsense"):
        done = (await ask(OTHER, REVERT, id=one)).data["importRevert"]
        assert done["userErrors"] == [{"code": "NOT_FOUND", "field": ["input", "batchId"]}]
