"""The beginning: authorities deliver their files twice, and Guangzhou records a matter of a Shenzhen firm."""

from exchange.demo.client import until
from exchange.demo.files import Delivery, deliveries
from exchange.demo.notes import Notes, Story
from exchange.demo.questions import PUBLISH_MATTER
from exchange.demo.scene import MATTER_CODE


async def publish_files(story: Story, notes: Notes) -> None:
    """Good rows are kept, every bad row comes back; the same file again stores and announces nothing."""
    story.start = await story.client.position()
    files = deliveries(story.scene)
    for delivery in files:
        await _deliver_twice(story, notes, delivery)
    await _check_announced(story, notes, files)
    faults = sum(len(one.faults) for one in files)
    notes.asked = "POST /imports：xlsx、xlsx、json、ndjson，各送两次 each sent twice"
    notes.answered = (
        f"收录 {sum(one.good for one in files)} 行 kept，{faults} 项问题逐行退回 findings，重复报送 0 变化 no change"
    )


async def _deliver_twice(story: Story, notes: Notes, delivery: Delivery) -> None:
    first, again = await story.client.deliver(delivery), await story.client.deliver(delivery)
    found = sorted({(one["row"], one["field"], one["code"]) for one in first["receipt"] if one["severity"] == "ERROR"})
    name = delivery.file_name
    notes.equal(f"{name} 行数 counts", first["counts"], delivery.counts())
    notes.equal(f"{name} 问题 findings", found, sorted(delivery.faults))
    notes.equal(f"{name} 重复报送 sent again", again["counts"], delivery.counts(is_repeated=True))
    texts = str((first, again))
    notes.holds(f"{name} 回执不含证件号 no ID number in the receipt", not any(one in texts for one in delivery.secrets))
    explained = all(one["message"] and one["messageEn"] and one["nextStep"] for one in first["receipt"])
    notes.holds(f"{name} 逐条说明怎么办 every finding says what to do", explained)


async def _check_announced(story: Story, notes: Notes, files: tuple[Delivery, ...]) -> None:
    """Events come in one order, so all that Shanghai and Guangdong caused stand before Shenzhen's last."""
    code = story.scene.flagged.credit_code
    graded = await until(lambda: story.events("sz-bureau", credit_code=code, types=["riskBand.changed"]), bool)
    notes.equal("等级通报 gradings announced", len(graded), 1)
    for slug in ("sh-bureau", "gd-housing"):
        kept = sum(one.good for one in files if one.slug == slug)
        own = [one["type"] for one in await story.events(slug) if one["owner"]["id"] == slug]
        notes.equal(f"{slug} 只通报一次 announced once", own, ["credential.ingested"] * kept)


async def record_presence(story: Story, notes: Notes) -> None:
    """Guangzhou records a pending project approval; nobody else sees it."""
    scene, firm = story.scene, story.scene.flagged
    matter = {
        "creditCode": firm.credit_code, "name": firm.name, "region": "440100", "matterCode": MATTER_CODE,
        "caseNumber": scene.case_number, "projectName": "南沙仓储扩建项目（演示）", "status": "PENDING",
        "filedOn": scene.day.isoformat(),
    }  # fmt: skip
    answer = await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter)
    notes.equal("登记 recorded", (answer["outcome"], answer["userErrors"]), ("NEW", []))
    await until(lambda: story.events("gz-bureau", types=["presence.recorded"], credit_code=firm.credit_code), bool)
    for slug, wanted in (("gz-bureau", [scene.case_number]), ("sz-bureau", []), ("dg-bureau", [])):
        matters = (await story.firm(slug))["matters"]["nodes"]
        notes.equal(f"{slug} 所见事项 matters seen", [one["caseNumber"] for one in matters], wanted)
    told = [
        one["type"]
        for one in await story.events("sz-bureau", credit_code=firm.credit_code)
        if one["owner"]["id"] == "sz-bureau"
    ]
    notes.equal("深圳重复报送未再通报 nothing announced twice", told, ["riskBand.changed"])
    notes.asked = f"projectApprovalPublish：{firm.name} 在广州有在办事项 pending in Guangzhou"
    notes.answered = f"{answer['outcome']}，办件 {scene.case_number}，仅广州可见 seen by Guangzhou only"
