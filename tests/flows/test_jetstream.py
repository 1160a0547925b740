"""What is particular to NATS JetStream: the form of a message, the operator's own stream, what the operator is told."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.cli.doctor import examine
from exchange.cli.printing import Printer
from exchange.outbox import SinkUnavailable, register, relay
from exchange.runtime import Runtime
from exchange.settings import load, rows
from exchange.sinks import chosen_sinks
from exchange.stream import number_events
from exchange.unusable import SettingsUnusable
from tests.flows import material
from tests.flows.scratch import SECRET, keep, quiet_hub
from tests.flows.targets import NatsTarget

HOUSE = Path(__file__).parents[2]
NOBODY_THERE = "nats://operator:swordfish@127.0.0.1:1"


@pytest_asyncio.fixture(loop_scope="session")
async def nats() -> AsyncIterator[NatsTarget]:
    """A running nats-server that holds nothing."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    made = NatsTarget(folder)
    await made.start()
    yield made
    made.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="session")
async def hub(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose loops stand still."""
    async with quiet_hub(database.dsn, "exchange_jetstream") as runtime:
        yield runtime


async def registered(hub: Runtime, nats: NatsTarget) -> Any:
    sink = nats.sink()
    async with hub.database.hub_pool.acquire() as connection:
        await register(connection, sink)
    return sink


async def announced(hub: Runtime, *payloads: str) -> None:
    """Events with these payloads, one subject, numbered."""
    async with hub.database.hub_pool.acquire() as connection:
        await connection.execute(
            """
            select append_events(array_agg(row(null, 1, 'riskFlag.raised', 'E:DEM', null, null, 3, 0, null, null, null,
              null, date '2026-11-23', p::jsonb, null)::event order by n))
            from unnest($1::text[]) with ordinality as e (p, n)""",
            list(payloads),
        )
        await number_events(connection)


async def test_a_message_says_in_its_headers_who_may_hear_of_it_and_in_its_content_what_happened(
    hub: Runtime, nats: NatsTarget
) -> None:
    sink = await registered(hub, nats)
    firm = material.firm()
    record_id = await keep(hub, "sz-bureau", "RISK_FLAG", material.flag(firm, decision="示应急决〔2026〕7号"))
    await hub.settle()
    await hub.hand_on(sink)
    await sink.close()
    (message,) = await nats.kept()
    assert message.name == "exchange.sz-bureau.riskFlag.raised"
    assert message.headers == {
        "Nats-Msg-Id": message.event_id, "Nats-Expected-Stream": "EXCHANGE", "Exchange-Cursor": "seq:1",
        "Content-Type": "application/cloudevents+json", "Exchange-Owner": "sz-bureau", "Exchange-Audience": "PARTNER",
        "Exchange-Least-Audience": "OWNER",
    }  # fmt: skip
    content = orjson.loads(message.content)
    assert content.pop("time").startswith("20")
    assert content.pop("data")["recordId"] == record_id
    assert content == {
        "specversion": "1.0", "id": message.event_id, "source": "/tenants/sz-bureau", "type": "riskFlag.raised",
        "subject": f"E:{firm.credit_code}", "sequence": "0000000000000000001", "subjectversion": 1,
        "day": "2026-11-23", "datacontenttype": "application/json",
    }  # fmt: skip


async def test_a_review_is_addressed_and_bears_its_owner_s_audience(hub: Runtime, nats: NatsTarget) -> None:
    sink = await registered(hub, nats)
    firm = material.firm()
    await keep(hub, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(hub, "sz-bureau", "RISK_FLAG", material.flag(firm))
    await hub.settle()
    await hub.hand_on(sink)
    await sink.close()
    told = {one.name: one.headers["Exchange-Audience"] for one in await nats.kept()}
    assert told == {
        "exchange.gz-bureau.presence.recorded": "OWNER",
        "exchange.sz-bureau.riskFlag.raised": "PARTNER",
        "exchange.gz-bureau.review.opened": "OWNER",
    }


async def test_no_name_and_no_number_of_a_person_leaves_the_hub(hub: Runtime, nats: NatsTarget) -> None:
    sink = await registered(hub, nats)
    person, firm = material.person(), material.firm()
    await keep(hub, "sz-bureau", "SAFETY_MANAGEMENT", material.certificate(person, firm))
    await hub.settle()
    await hub.hand_on(sink)
    await sink.close()
    sent = b"".join(one.content + repr((one.name, one.headers)).encode() for one in await nats.kept())
    assert b"credential.ingested" in sent
    for personal in (person.name, person.id_number, firm.name):
        assert personal.encode() not in sent
        assert orjson.dumps(personal)[1:-1] not in sent


async def test_after_a_message_that_is_refused_none_is_kept_until_it_is(hub: Runtime, nats: NatsTarget) -> None:
    sink = await registered(hub, nats)
    async with nats.stream() as stream:
        await stream.add_stream(name="EXCHANGE", subjects=["exchange.>"], max_msg_size=2_000)
    await announced(hub, "{}", "{}", orjson.dumps({"long": "x" * 3_000}).decode(), "{}", "{}")
    with pytest.raises(SinkUnavailable):
        await hub.hand_on(sink)
    assert [one.position for one in await nats.kept()] == [1, 2]
    async with nats.stream() as stream:
        await stream.update_stream(name="EXCHANGE", subjects=["exchange.>"], max_msg_size=-1)
    assert await hub.hand_on(sink) == 3
    await sink.close()
    assert [one.position for one in await nats.kept()] == [1, 2, 3, 4, 5]


async def test_the_operator_s_own_stream_is_used_as_it_is(hub: Runtime, nats: NatsTarget) -> None:
    async with nats.stream() as stream:
        await stream.add_stream(name="EXCHANGE", subjects=["exchange.>"], max_msgs=3, description="mine")
    await announced(hub, *["{}"] * 5)
    sink = await registered(hub, nats)
    assert await hub.hand_on(sink) == 5
    await sink.close()
    assert [one.position for one in await nats.kept()] == [3, 4, 5]
    async with nats.stream() as stream:
        assert (await stream.stream_info("EXCHANGE")).config.description == "mine"


async def test_a_stream_that_was_emptied_on_purpose_is_not_filled_again(hub: Runtime, nats: NatsTarget) -> None:
    sink = await registered(hub, nats)
    await announced(hub, *["{}"] * 3)
    await hub.hand_on(sink)
    await sink.close()
    async with nats.stream() as stream:
        await stream.purge_stream("EXCHANGE")
    await announced(hub, "{}")
    assert await hub.hand_on(sink) == 1
    await sink.close()
    assert [one.position for one in await nats.kept()] == [4]


async def test_a_stream_deleted_while_the_relay_is_connected_is_made_and_filled_again(
    hub: Runtime, nats: NatsTarget
) -> None:
    sink = await registered(hub, nats)
    await announced(hub, *["{}"] * 3)
    await hub.hand_on(sink)
    async with nats.stream() as stream:
        await stream.delete_stream("EXCHANGE")
    await announced(hub, "{}")
    with pytest.raises(SinkUnavailable):
        await hub.hand_on(sink)
    assert await hub.hand_on(sink) == 4
    await sink.close()
    assert [one.position for one in await nats.kept()] == [1, 2, 3, 4]


async def test_a_stream_of_that_name_for_other_subjects_is_left_alone(hub: Runtime, nats: NatsTarget) -> None:
    async with nats.stream() as stream:
        await stream.add_stream(name="EXCHANGE", subjects=["other.>"])
    sink = await registered(hub, nats)
    await announced(hub, "{}")
    with pytest.raises(SinkUnavailable, match="does not take exchange"):
        await hub.hand_on(sink)
    await sink.close()
    async with hub.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select position from worker_cursor where worker = 'relay-nats'") == 0


async def test_several_servers_are_tried_in_turn(hub: Runtime, nats: NatsTarget) -> None:
    nats.url = f"nats://127.0.0.1:1, {nats.url}"
    sink = nats.sink()
    await sink.connect()
    assert await sink.held() == 0
    await sink.close()


async def test_what_goes_wrong_is_told_without_the_server_s_login(caplog: pytest.LogCaptureFixture) -> None:
    (sink,) = chosen_sinks(load({"EXCHANGE_NATS_URL": NOBODY_THERE}))
    with pytest.raises(SinkUnavailable) as fault:
        await sink.connect()
    assert "swordfish" not in str(fault.value) + caplog.text


async def test_a_database_that_is_cut_off_while_it_relays_moves_no_cursor(hub: Runtime, nats: NatsTarget) -> None:
    sink = await registered(hub, nats)
    await announced(hub, *["{}"] * 3)
    await sink.connect()
    crashing = await asyncpg.connect(hub.database.dsn, server_settings={"role": "exchange_hub"})
    held = crashing.transaction()
    await held.start()
    assert await relay(crashing, sink) == 3
    crashing.terminate()
    async with hub.database.hub_pool.acquire() as connection:
        # waits until the server has noticed and let go of the row
        cursor = "select position from worker_cursor where worker = 'relay-nats' for update"
        assert await connection.fetchval(cursor) == 0
    assert await hub.hand_on(sink) == 3
    await sink.close()
    assert [one.position for one in await nats.kept()] == [1, 2, 3]


def test_without_the_package_the_hub_does_not_start_and_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['nats'] = None; from exchange.cli import run; sys.exit(run(['up']))"
    environ = {
        "EXCHANGE_NATS_URL": NOBODY_THERE, "EXCHANGE_DATA": str(tmp_path), "EXCHANGE_PORT": "0",
        "EXCHANGE_SECRET": SECRET,
    }  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environ}, cwd=HOUSE, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 64
    assert "pip install 'safety-exchange[scale]'" in told.stderr
    assert "swordfish" not in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["127.0.0.1:4222", "http://127.0.0.1:4222", "nats://", "nats://a,b", "nats://a:x"])
def test_an_address_that_is_none_of_nats_is_refused(url: str) -> None:
    with pytest.raises(SettingsUnusable, match="EXCHANGE_NATS_URL"):
        load({"EXCHANGE_NATS_URL": url})


@pytest.mark.parametrize(
    "url", ["nats://127.0.0.1:4222", "tls://me:pw@a.example, nats://token@b.example:4222", "nats://[::1]:4222"]
)
def test_an_address_of_nats_is_taken_and_its_login_never_shown(url: str) -> None:
    environ = {"EXCHANGE_NATS_URL": url}
    settings = load(environ)
    assert settings.nats_url == url
    shown = next(row.value for row in rows(settings, environ) if row.name == "EXCHANGE_NATS_URL")
    assert not {"pw", "token"} & set(re.split(r"\W", shown))


async def examined(hub: Runtime, capsys: pytest.CaptureFixture[str], **environ: str) -> tuple[int, dict[str, Any]]:
    """What `exchange doctor` says of the relay."""
    settings = load(
        {
            "EXCHANGE_DATABASE_URL": hub.database.dsn,
            "EXCHANGE_SECRET": SECRET,
            "EXCHANGE_DATA": "/nonexistent",
            **environ,
        }
    )
    capsys.readouterr()
    code = await examine(settings, Printer(as_json=True, language="en"))
    findings = orjson.loads(capsys.readouterr().out)
    return code, next(one for one in findings if one["name"] == "转发 relay")


async def test_the_doctor_says_how_far_the_relay_is(
    hub: Runtime, nats: NatsTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await examined(hub, capsys))[1]["detail"] == "未设置 not set"
    sink = await registered(hub, nats)
    await announced(hub, *["{}"] * 3)
    code, finding = await examined(hub, capsys, EXCHANGE_NATS_URL=nats.url)
    assert (code, finding["sign"], finding["detail"]) == (0, "√", "relay-nats: 待转发 waiting 3")
    await hub.hand_on(sink)
    await sink.close()
    async with nats.stream() as stream:
        await stream.delete_stream("EXCHANGE")
    code, finding = await examined(hub, capsys, EXCHANGE_NATS_URL=nats.url)
    assert (code, finding["sign"]) == (0, "!")
    assert "although it took 3" in finding["detail"]


async def test_the_doctor_finds_that_nobody_answers(hub: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    code, finding = await examined(hub, capsys, EXCHANGE_NATS_URL=NOBODY_THERE)
    assert (code, finding["sign"]) == (1, "×")
    assert "swordfish" not in str(finding)
