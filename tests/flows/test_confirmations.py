"""互认确认书: a decision is confirmed as evidence, with a receipt that anybody verifies away from the hub."""

import asyncio
import base64
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.demo.cast import ENTERPRISE as EMPLOYER
from exchange.ledger.receipts import check, keys_of
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.fields import CHINA
from tests.flows import material
from tests.flows.confirmations import (
    ELSEWHERE,
    JIANGSU,
    NANJING,
    PURPOSE,
    SHANGHAI,
    SHENZHEN,
    as_owner,
    confirm,
    engineer,
    look,
    payload,
    rule,
    send,
    told,
)
from tests.flows.scratch import answered, keep, quiet_hub
from tests.verifier import check_receipt
from tests.verifier import keys_of as raw_keys_of

ENTERPRISE = EMPLOYER.slug


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_confirmations") as runtime:
        await rule(runtime)
        await runtime.settle()
        yield runtime


def claims_of(receipt: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """What a receipt claims, verified by nothing but an Ed25519 library. Raises InvalidSignature."""
    header, payload, signature = receipt.split(".")
    said = json.loads(_octets(header))
    assert (said["alg"], said["typ"]) == ("EdDSA", "recognition-receipt+jwt")
    (key,) = [one for one in jwks["keys"] if one["kid"] == said["kid"]]
    Ed25519PublicKey.from_public_bytes(_octets(key["x"])).verify(_octets(signature), f"{header}.{payload}".encode())
    found: dict[str, Any] = json.loads(_octets(payload))
    return found


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_an_accepted_certificate_is_confirmed_with_a_number_and_a_receipt(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    assert re.fullmatch(rf"HR-{quiet.today():%Y%m%d}-[0-9A-HJKMNP-TV-Z]{{8}}", made["number"])
    assert (made["state"], made["verdict"], made["isAccepted"], made["reasons"]) == ("STANDS", "ACCEPTED", True, [])
    assert (made["asker"], made["caseNumber"], made["confirmedVerdict"]) == (NANJING, PURPOSE[1], "ACCEPTED")
    seen = await look(quiet, made["number"])
    assert {name: seen[name] for name in ("state", "verdict", "receipt")} == {
        "state": "STANDS", "verdict": "ACCEPTED", "receipt": made["receipt"],
    }  # fmt: skip
    assert (seen["changes"], seen["history"], seen["confirmedRules"]) == ([], [], seen["rules"])


async def test_a_receipt_is_verified_by_whoever_has_the_public_keys(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    claims = claims_of(made["receipt"], quiet.tokens.key_set())
    end = datetime.fromtimestamp(claims["exp"], CHINA)
    said = claims["recognition"]
    assert (claims["iss"], claims["jti"]) == ("http://exchange.test", made["number"])
    assert end.date() == datetime.fromisoformat(made["validUntil"]).date() + timedelta(days=1)
    assert (said["verdict"], said["hostRegion"], said["asker"], said["reasons"]) == ("ACCEPTED", "320100", NANJING, [])
    assert said["certificate"]["kind"] == "ASSISTANT_SAFETY_ENGINEER"
    assert [f"{one['identifier']} v{one['version']}" for one in said["rules"]] == made["confirmedRules"]
    assert set(said["facts"]) == {"certificate", "actions", "holder", "source"}


async def test_a_receipt_changed_by_one_letter_is_not_genuine(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    header, payload, signature = made["receipt"].split(".")
    claims = json.loads(_octets(payload))
    claims["recognition"]["hostRegion"] = "440300"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidSignature):
        claims_of(f"{header}.{forged}.{signature}", quiet.tokens.key_set())


async def test_a_receipt_is_no_token(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    with pytest.raises(Refusal, match="UNAUTHENTICATED"):
        quiet.tokens.verify(made["receipt"], now=quiet.now().timestamp(), day=quiet.today())


async def test_a_receipt_tells_nothing_personal(quiet: Runtime) -> None:
    person = material.person()
    values = material.special_operation(person, material.firm("310000"), region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", values, day=quiet.today())
    made = await confirm(quiet, values)
    text = json.dumps(claims_of(made["receipt"], quiet.tokens.key_set()), ensure_ascii=False)
    assert made["confirmedVerdict"] == "ACCEPTED"
    assert person.id_number not in text
    assert person.name not in text
    assert str(quiet.keys.person_id(person.id_number)) not in text
    assert made["certificateNumberMasked"] in text
    assert made["certificateNumberMasked"] == f"T{person.id_number[:6]}********{person.id_number[-4:]}"


async def test_all_four_verdicts_are_confirmed(quiet: Runtime) -> None:
    today = quiet.today()
    await rule(quiet, "COAL_MINE", mode="FILING")
    accepted, conditional = await engineer(quiet, today), await engineer(quiet, today, "COAL_MINE")
    revoked = await engineer(quiet, today, reportedStatus="REVOKED")
    ruled_by_none = await engineer(quiet, today, "METALLURGY")
    verdicts = [(await confirm(quiet, one)) for one in (accepted, conditional, revoked, ruled_by_none)]
    assert [(one["confirmedVerdict"], one["isAccepted"]) for one in verdicts] == [
        ("ACCEPTED", True), ("CONDITIONAL", True), ("REFUSED", False), ("UNDETERMINED", False),
    ]  # fmt: skip
    assert [one["confirmedReasons"] for one in verdicts] == [[], [], ["STATE_REVOKED"], ["NO_RULES_PUBLISHED"]]
    for one in verdicts:
        claims = claims_of(one["receipt"], quiet.tokens.key_set())
        assert claims["recognition"]["verdict"] == one["confirmedVerdict"]


async def test_it_is_good_until_the_first_of_all_ends(quiet: Runtime) -> None:
    today = quiet.today()
    fresh = 7
    untils = {}
    for name, changed in {
        "source": {}, "certificate": {"validTo": str(today + timedelta(days=3))},
    }.items():  # fmt: skip
        untils[name] = (await confirm(quiet, await engineer(quiet, today, **changed)))["validUntil"]
    assert untils["certificate"] == str(today + timedelta(days=3))
    assert untils["source"] == str(today + timedelta(days=fresh - 1))


async def test_each_sees_of_it_what_is_its_own(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()), slug=JIANGSU)
    told = ("asker", "caseNumber", "receipt", "employerCode")
    seen = {slug: await look(quiet, made["number"], slug) for slug in (JIANGSU, NANJING, SHANGHAI)}
    assert {slug: [one[name] is not None for name in told] for slug, one in seen.items()} == {
        JIANGSU: [True, True, True, False], NANJING: [True, False, False, False], SHANGHAI: [False] * 4,
    }  # fmt: skip
    assert {one["confirmedVerdict"] for one in seen.values()} == {"ACCEPTED"}
    assert [len(one["conditions"]) > 0 for one in seen.values()] == [True, False, False]
    for stranger in (ELSEWHERE, SHENZHEN, ENTERPRISE):
        assert await look(quiet, made["number"], stranger) is None


async def test_the_receipt_comes_with_the_proof_that_it_is_logged(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    assert (await look(quiet, made["number"]))["receiptFile"] is None
    await quiet.settle()
    file = (await look(quiet, made["number"]))["receiptFile"]
    jwks = orjson.dumps(quiet.tokens.key_set())
    checked = check(orjson.dumps(file), keys_of(jwks))
    assert (checked.is_logged, checked.problems, checked.claims["jti"]) == (True, (), made["number"])
    assert check_receipt(file, raw_keys_of(json.loads(jwks))) == []


async def test_keys_that_were_retired_still_verify_receipts(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    try:
        await as_owner(quiet, "insert into signing_key (generation) values (2)")
        await as_owner(quiet, "update signing_key set retired_at = now() where generation = 1")
        await quiet.reload()
        assert quiet.directory.generations == (2,)
        later = await confirm(quiet, await engineer(quiet, quiet.today()))
        kids = [jwt.get_unverified_header(one["receipt"])["kid"].split("-")[0] for one in (made, later)]
        assert kids == ["1", "2"]
        for one in (made, later):
            assert claims_of(one["receipt"], quiet.tokens.key_set())["jti"] == one["number"]
    finally:
        await as_owner(quiet, "update signing_key set retired_at = null where generation = 1")
        await quiet.reload()


async def test_a_past_day_a_far_one_and_a_moment_of_the_past_are_not_confirmed(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    for days in (-1, 31):
        refused = await payload(quiet, values, on=str(quiet.today() + timedelta(days=days)))
        assert (refused["confirmation"], [one["code"] for one in refused["userErrors"]]) == (None, ["CONFIRMATION_DAY"])
    refused = await payload(quiet, values, knownAt=quiet.now().isoformat())
    assert [one["code"] for one in refused["userErrors"]] == ["CONFIRMATION_DAY"]
    assert (await confirm(quiet, values, on=str(quiet.today() + timedelta(days=2))))["confirmedVerdict"] == "ACCEPTED"


async def test_a_letter_the_database_cannot_keep_is_the_caller_s_mistake(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    for changed in ({"activity": "焊\0"}, {"documents": ["\0"]}, {"operationCode": "\0"}):
        refused = await payload(quiet, values, **changed)
        assert (refused["confirmation"], [one["code"] for one in refused["userErrors"]]) == (None, ["BAD_INPUT"])
    body = await answered(quiet, NANJING, '{ confirmation(number: "HR\\u0000") { state } }')
    assert [one["extensions"]["code"] for one in body["errors"]] == ["BAD_INPUT"]


async def test_two_of_one_question_are_two_and_many_at_once_are_as_many(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await asyncio.gather(*(confirm(quiet, values) for _ in range(8)))
    assert len({one["number"] for one in made}) == 8
    await quiet.settle()
    await send(quiet, values, reportedStatus="REVOKED")
    for one in made:
        assert [state for state, _, _ in await told(quiet, one["number"])] == ["WITHDRAWN"]


_JOSE = """const { compactVerify, createLocalJWKSet } = require('jose');
const [receipt, jwks] = JSON.parse(require('fs').readFileSync(0));
compactVerify(receipt, createLocalJWKSet(jwks), { algorithms: ['EdDSA'] }).then(
  ({ payload }) => process.stdout.write(payload), (error) => { console.error(error.code); process.exit(1); });"""


def by_jose(*sent: Any) -> subprocess.CompletedProcess[str] | None:
    """What npm jose says of it; None where there is none."""
    node = shutil.which("node")
    if node is None or subprocess.run([node, "-e", "require('jose')"], capture_output=True, check=False).returncode:
        return None
    return subprocess.run([node, "-e", _JOSE], input=json.dumps(sent), capture_output=True, text=True, check=False)


async def test_npm_jose_verifies_a_receipt(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    done = by_jose(made["receipt"], quiet.tokens.key_set())
    if done is None:
        pytest.skip("needs node with the package jose (NODE_PATH)")
    assert (done.returncode, json.loads(done.stdout)["jti"]) == (0, made["number"])
    spoilt = by_jose(made["receipt"][:-3] + "AAA", quiet.tokens.key_set())
    assert spoilt is not None
    assert (spoilt.returncode, spoilt.stderr.strip()) == (1, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED")


ONCE = """mutation C($i: RecognitionInput!) { recognitionConfirm(input: $i) @idempotent(key: "site-7") {
  confirmation { number receipt verdict } } }"""


async def test_sent_twice_under_one_key_it_is_one_and_the_present_state_stands_beside_it(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    asked = {"certificateNumber": values["number"], "hostRegion": "320100"}
    first, again = [await answered(quiet, NANJING, ONCE, PURPOSE, i=asked) for _ in range(2)]
    made = first["data"]["recognitionConfirm"]["confirmation"]
    assert (first["data"], "extensions" in first) == (again["data"], False)
    replay = again["extensions"]["idempotentReplay"]
    (now,) = replay["confirmations"]
    assert (replay["isReplay"], now["number"], now["state"], now["isAccepted"]) == (
        True, made["number"], "STANDS", True,
    )  # fmt: skip
    await send(quiet, values, reportedStatus="REVOKED")
    late = await answered(quiet, NANJING, ONCE, PURPOSE, i=asked)
    (now,) = late["extensions"]["idempotentReplay"]["confirmations"]
    assert late["data"] == first["data"]
    assert (now["state"], now["verdict"], now["isAccepted"]) == ("WITHDRAWN", "REFUSED", False)
