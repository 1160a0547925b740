"""Story, publish: files in the formats authorities send; good rows are kept, every bad one comes back, once is once."""

from collections.abc import Callable

import pytest

from exchange.demo.client import until
from exchange.demo.files import Delivery, constructions, gradings, safety_managements, special_operations
from exchange.demo.national import number_of
from exchange.demo.notes import Story
from exchange.demo.questions import EVENTS
from exchange.demo.scene import Scene

FILES = [safety_managements, special_operations, constructions, gradings]
CERTIFICATE = "query C($number: String!) { certificate(by: { number: $number }) { number status owner { id } } }"


@pytest.mark.parametrize("make", FILES)
async def test_good_rows_are_kept_and_every_fault_of_the_others_comes_back(
    story: Story, make: Callable[[Scene], Delivery]
) -> None:
    delivery = make(story.scene)
    answer = await story.client.deliver(delivery)
    errors = [entry for entry in answer["receipt"] if entry["severity"] == "ERROR"]
    assert answer["counts"] == delivery.counts()
    assert sorted({(one["row"], one["field"], one["code"]) for one in errors}) == sorted(delivery.faults)
    assert all(one["message"] and one["messageEn"] and one["nextStep"] and one["nextStepEn"] for one in errors)


@pytest.mark.parametrize("make", FILES)
async def test_the_same_file_again_stores_nothing(story: Story, make: Callable[[Scene], Delivery]) -> None:
    delivery = make(story.scene)
    await story.client.deliver(delivery)
    again = await story.client.deliver(delivery)
    assert again["counts"] == delivery.counts(is_repeated=True)


async def test_the_same_files_again_announce_nothing(story: Story) -> None:
    files = [make(story.scene) for make in FILES]
    for delivery in (*files, *files):
        await story.client.deliver(delivery)
    code = story.scene.flagged.credit_code
    await until(lambda: story.events("sz-bureau", credit_code=code, types=["riskBand.changed"]), bool)
    ingested = {slug: await story.events(slug, types=["credential.ingested"]) for slug in ("sh-bureau", "gd-housing")}
    own = {slug: [one["type"] for one in found if one["owner"]["id"] == slug] for slug, found in ingested.items()}
    assert own == {"sh-bureau": ["credential.ingested"] * 7, "gd-housing": ["credential.ingested"] * 3}
    told = await story.events("sz-bureau", credit_code=code)
    assert [one["type"] for one in told if one["owner"]["id"] == "sz-bureau"] == ["riskBand.changed"]
    assert not await story.events("gd-housing", types=["record.revised", "report.corrected"])


async def test_a_receipt_shows_no_id_number(story: Story) -> None:
    for make in FILES:
        delivery = make(story.scene)
        answer = str(await story.client.deliver(delivery))
        assert [secret for secret in delivery.secrets if secret in answer] == []


async def test_an_id_number_kept_as_a_number_by_excel_has_its_own_code_and_text(story: Story) -> None:
    answer = await story.client.deliver(safety_managements(story.scene))
    (found,) = [one for one in answer["receipt"] if one["row"] == 8]
    shown = f"{float(story.scene.person(11).id_number[:17]) * 10:.3E}"
    assert (found["code"], found["header"], found["value"]) == ("ID_NUMBER_AS_NUMBER", "公民身份号码", shown)
    assert found["message"] == "证件号被 Excel 转成数字，后三位已丢失"


async def test_half_width_brackets_in_a_number_mean_the_same_as_full_width_ones(story: Story) -> None:
    await story.client.deliver(constructions(story.scene))
    number = number_of(story.scene, "B", 2)
    for written in (number, number.replace("（", "(").replace("）", ")")):
        found = await story.client.ask("gd-housing", CERTIFICATE, number=written)
        assert found == {"number": number, "status": "VALID", "owner": {"id": "gd-housing"}}


async def test_a_refused_row_is_neither_stored_nor_announced(story: Story) -> None:
    await story.client.deliver(gradings(story.scene))
    firm = "query F($creditCode: String!) { enterprise(creditCode: $creditCode) { name } }"
    assert await story.client.ask("sz-bureau", firm, creditCode=story.scene.refused.credit_code) is None
    code = story.scene.refused.credit_code
    page = await story.client.ask("sz-bureau", EVENTS, after="seq:0", creditCode=code)
    assert page["nodes"] == []


async def test_an_import_stands_in_the_list_of_the_sender_only(story: Story) -> None:
    delivery = gradings(story.scene)
    answer = await story.client.deliver(delivery)
    batches = "{ importBatches(first: 1) { nodes { id kind fileName rowsRead rowsNew rowsRefused } } }"
    mine = await story.client.ask("sz-bureau", batches)
    others = await story.client.ask("gz-bureau", "{ importBatches(first: 100) { nodes { id } } }")
    assert mine["nodes"] == [{
        "id": answer["batchId"], "kind": "RISK_GRADING", "fileName": delivery.file_name, "rowsRead": 6, "rowsNew": 2,
        "rowsRefused": 4,
    }]  # fmt: skip
    assert answer["batchId"] not in [one["id"] for one in others["nodes"]]
