"""安全码: codes that a stranger scans. GraphQL types, inputs, payloads and root fields.

A field added here gets its value in exchange/desks/safety_codes.py; the code itself is told once, when it is made.
"""

from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parts import enum, identifier, integer, many, moment, one, string, text

SafetyCodePurpose = enum("SafetyCodePurpose", "安全码的用途", "What a safety code is for", {
    "SHOWN": ("出示：默认 24 小时内有效", "To be shown: for 24 hours by default"),
    "PRINTED": ("印刷：证书有效期内有效", "To be printed: as long as the certificate"),
})  # fmt: skip

SafetyCodeOutcome = enum("SafetyCodeOutcome", "扫码所见", "What a scan found", {
    "VALID": ("证书有效", "The certificate is valid"),
    "UNCLEAR": ("证书状态待核实", "The state of the certificate has to be verified"),
    "INVALID": ("证书当日不能使用", "The certificate is not valid that day"),
    "VOIDED": ("证书记录已作废", "The record of the certificate was voided"),
    "EXPIRED": ("此码已过期", "The code had expired"),
    "REVOKED": ("此码已停用", "The code had been withdrawn"),
    "SUSPENDED": ("出码单位已停用", "Whoever made the code was suspended"),
})  # fmt: skip


class SafetyCodeScan(graphene.ObjectType):
    """One scan."""

    class Meta:
        description = text("一次扫码；不记录何人何处", "One scan of a code. Who scanned, and where, is not kept.")

    scanned_at = moment("时间", "When")
    outcome = graphene.Field(SafetyCodeOutcome, required=True, description=text("扫码所见", "What it found"))


class SafetyCode(graphene.ObjectType):
    """A code."""

    class Meta:
        description = text("本单位制作的一个安全码；码本身只在制作时给出", "A code of yours, told once")

    id = identifier()
    certificate_id = graphene.ID(required=True, description=text("证书标识", "Id of the certificate"))
    purpose = graphene.Field(SafetyCodePurpose, required=True, description=text("用途", "What for"))
    made_at = moment("制作时间", "When it was made")
    expires_at = moment("失效时间", "Until when it counts")
    revoked_at = moment("停用时间", "When it was withdrawn", required=False)
    scan_count = integer("扫码次数（一分钟内重复打开计一次）", "Scans; again within a minute is one", required=True)
    visitor_count = integer("扫码者数（按日计）", "Visitors, each counted once a day", required=True)
    last_scanned_at = moment("最近扫码时间", "The latest scan", required=False)
    scans = many(SafetyCodeScan, "最近 50 次扫码，新的在前", "The latest 50 scans, newest first")


class SafetyCodeInput(graphene.InputObjectType):
    """Which certificate, and for how long."""

    class Meta:
        description = text("为哪本证书制作安全码、作何用", "For which certificate, and what for.")

    certificate_id = graphene.ID(required=True, description=text("证书标识", "Id of the certificate"))
    purpose = graphene.Argument(SafetyCodePurpose, description=text("用途（默认出示）", "What for; to show by default"))
    valid_for_hours = graphene.Int(
        description=text("出示用：几小时内有效（1 至 168，默认 24）", "To show: how many hours, 1-168, by default 24")
    )


class SafetyCodeRevokeInput(graphene.InputObjectType):
    """Which code."""

    class Meta:
        description = text("停用哪个安全码", "Which code is withdrawn.")

    code_id = graphene.ID(required=True, description=text("安全码标识", "Id of the code"))


class SafetyCodePayload(graphene.ObjectType):
    """What was made."""

    class Meta:
        description = text("制作的安全码：网址与二维码只给出这一次", "The code: address and QR are told this once.")

    safety_code = one(SafetyCode, "安全码", "The code")
    url = string("扫码打开的网址，不含个人信息", "The address it opens; nothing personal is in it")
    svg = string("二维码（SVG）", "The QR as SVG")
    status_list_uri = string("该证书所在状态列表，可离线核验", "Its status list, to check offline")
    status_list_index = integer("在列表中的位置", "Its index in that list")
    user_errors = many(UserError, "全部问题（有问题则未制作）", "All findings; when there are any, nothing was made")


class SafetyCodeRevokePayload(graphene.ObjectType):
    """What became of it."""

    class Meta:
        description = text("停用安全码的结果", "What became of the code.")

    safety_code = one(SafetyCode, "安全码", "The code")
    user_errors = many(UserError, "全部问题（有问题则未停用）", "All findings; when there are any, nothing was done")


QUERIES: dict[str, Any] = {
    "safety_code_scans": graphene.List(
        graphene.NonNull(SafetyCode),
        required=True,
        description=text(
            "本单位为一本证书制作的安全码及其被扫情况，新的在前，至多 50 个",
            "The codes you made for a certificate and how they were scanned, newest first, at most 50",
        ),
        certificate_id=graphene.ID(required=True, description=text("证书标识", "Id of the certificate")),
    )
}
MUTATIONS: dict[str, Any] = {
    "safety_code": one(
        SafetyCodePayload,
        "制作安全码：发证机关为本机关的证书，企业为本企业人员的证书",
        "Make a safety code: an authority for its own certificates, a firm for those of its staff",
        required=True,
        input=SafetyCodeInput(required=True, description=text("证书与用途", "Which certificate, and what for")),
    ),
    "safety_code_revoke": one(
        SafetyCodeRevokePayload,
        "停用本单位的安全码，立即生效，不能恢复",
        "Withdraw a code of yours, at once and for good",
        required=True,
        input=SafetyCodeRevokeInput(required=True, description=text("哪个码", "Which code")),
    ),
}
