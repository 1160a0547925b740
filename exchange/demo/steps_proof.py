"""The proof: a confirmation verified away from the hub, a code scanned by a stranger, and a revocation that ends both.

A stranger's look at something without a login is a function in strangers.py.
"""

from typing import Any

import orjson

from exchange.demo.cast import ENTERPRISE
from exchange.demo.client import until
from exchange.demo.files import revocation
from exchange.demo.notes import Notes, Story
from exchange.demo.questions import CONFIRM, CONFIRMATION, RECOGNISE, SHOW_CODE
from exchange.demo.strangers import Page, Verdict, listed_status, page_of, public_keys, verified
from exchange.ledger.receipts import check, keys_of
from schema.fields.masking import mask_name

NANJING = "320100"
VALID, INVALID = 0, 1


async def confirm_recognition(story: Story, notes: Notes) -> None:
    """The enterprise has the answer confirmed; whoever has the file and the public keys verifies it offline."""
    made = await story.client.ask(ENTERPRISE.slug, CONFIRM, input=_question(story))
    notes.equal("确认书 confirmation", made["userErrors"], [])
    story.confirmation = made["confirmation"]
    number = story.confirmation["number"]
    notes.equal("结论 verdict", (story.confirmation["state"], story.confirmation["verdict"]), ("STANDS", "ACCEPTED"))
    notes.holds("确认书编号 number", number.startswith(f"HR-{story.scene.day:%Y%m%d}-"))
    seen = await until(lambda: _confirmation(story), lambda one: one["receiptFile"] is not None)
    await _verify_offline(story, notes, seen["receiptFile"])
    notes.equal("状态列表 status list", await _listed(story), VALID)
    notes.asked = (
        "recognitionConfirm（企业 the enterprise）；exchange verify RECEIPT.json --jwks jwks.json（无数据库 offline）"
    )
    proof = seen["receiptFile"]["inclusion"]
    notes.answered = (
        f"{number} ACCEPTED；签名有效 genuine；存证成立 proved, {proof['leafIndex'] + 1}/{proof['treeSize']}；"
        "改动一字不通过 altered: refused"
    )


async def _verify_offline(story: Story, notes: Notes, file: dict[str, Any]) -> None:
    keys, altered = await public_keys(story.client), {**file, "receipt": _altered(file["receipt"])}
    told, forged = await verified(file, keys), check(orjson.dumps(altered), keys_of(keys))
    story.claims = told.claims
    notes.equal("离线核验 verified offline", told.found, Verdict.GENUINE_AND_LOGGED)
    said = (told.claims.get("jti"), told.claims.get("recognition", {}).get("verdict"))
    notes.equal("回执所载 what it claims", said, (story.confirmation["number"], "ACCEPTED"))
    notes.holds("回执不含证件号码 no ID number in it", story.scene.welder.id_number not in str(told.claims))
    notes.equal("改动一字即知 one letter altered", (len(forged.problems), forged.is_logged), (1, False))


async def scan_code(story: Story, notes: Notes) -> None:
    """The enterprise shows a code; a phone without a login sees the state, and that another code is none of ours."""
    shown = {"certificateId": story.confirmation["certificateId"], "validForHours": 1}
    made = await story.client.ask(ENTERPRISE.slug, SHOW_CODE, input=shown)
    notes.equal("安全码 safety code", made["userErrors"], [])
    story.code_url = made["url"]
    page, holder = await page_of(story.client, story.code_url), story.scene.welder
    notes.equal("扫码所见 the page", (page.status, page.word), (200, "有效"))
    masked = mask_name(holder.name)
    notes.holds(f"姓名脱敏 masked name {masked}", masked in page.text and holder.name not in page.text)
    notes.holds("不含证件号码 no number", holder.id_number not in page.text)
    notes.holds("以发证机关为准 the issuer has the last word", "以发证机关为准" in page.text)
    forged = await page_of(story.client, _altered(story.code_url))
    notes.equal("伪造的码 a forged code", (forged.status, forged.word), (404, "核验码无效"))
    notes.asked = "safetyCode（企业 the enterprise）；GET /v/…，无需登录 without a login"
    notes.answered = f"{page.word} {masked}；改动一字 altered：{forged.word}"


async def revoke_certificate(story: Story, notes: Notes) -> None:
    """Shanghai revokes: the receipt stands no more, in the live check, the status list and at the next scan."""
    answer = await story.client.send("sh-bureau", "/imports", **revocation(story.scene))
    notes.equal("吊销 revoked", (answer["counts"]["changed"], answer["counts"]["refused"]), (1, 0))
    now = await _confirmation(story)
    notes.equal(
        "确认书不再有效 withdrawn", (now["state"], now["verdict"], now["isAccepted"]), ("WITHDRAWN", "REFUSED", False)
    )
    notes.equal("变化的条件 what changed", [one["reason"] for one in now["changes"]], ["STATE_REVOKED"])
    notes.equal("当时的结论仍留存 what was confirmed is kept", now["confirmedVerdict"], "ACCEPTED")
    again = await story.client.ask(ENTERPRISE.slug, RECOGNISE, input=_question(story))
    notes.equal("再问 asked again", again["verdict"], "REFUSED")
    notes.equal("状态列表 status list", await _listed(story), INVALID)
    page: Page = await page_of(story.client, story.code_url)
    notes.equal("再次扫码 scanned again", (page.status, page.word), (200, "吊销"))
    changes = await until(lambda: _changes(story), bool)
    notes.equal("通知询问者 the asker is told, once", changes, [("WITHDRAWN", "REFUSED")])
    notes.asked = "吊销名单（上海 Shanghai，.xlsx）；confirmation，GET /status-lists/…，GET /v/…，events"
    notes.answered = (
        f"{now['number']} {now['state']} {now['verdict']}；状态列表 list {INVALID}；扫码 page {page.word}；已通知 told"
    )


def _question(story: Story) -> dict[str, str]:
    return {"certificateNumber": f"T{story.scene.welder.id_number}", "hostRegion": NANJING}


async def _confirmation(story: Story) -> dict[str, Any]:
    number = story.confirmation["number"]
    found: dict[str, Any] = await story.client.ask(ENTERPRISE.slug, CONFIRMATION, number=number)
    return found


async def _listed(story: Story) -> int:
    place = story.claims["status"]["status_list"]
    return await listed_status(story.client, place["uri"], place["idx"])


async def _changes(story: Story) -> list[tuple[str, str]]:
    """What the enterprise was told of its confirmation."""
    told = [one["payload"] for one in await story.events(ENTERPRISE.slug, types=["confirmation.changed"])]
    return [(one["state"], one["verdict"]) for one in told if one["number"] == story.confirmation["number"]]


def _altered(text: str) -> str:
    """With another letter before the last, whose bits all count."""
    return text[:-2] + ("0" if text[-2] != "0" else "1") + text[-1]
