"""防篡改日志 The tamper-evident log: checkpoints, proofs, witnesses.

The next question is a type and a line of QUERIES or MUTATIONS; a kind of entry is a value of LedgerEntryType.
"""

from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parts import enum, integer, many, moment, one, string, text

LedgerEntryType = enum(
    "LedgerEntryType",
    "存证类型",
    "Kind of entry of the log.",
    {
        "RECORD": ("记录的一个版本", "A version of a record"),
        "REVIEW": ("核查的办理结果", "An outcome of a review"),
        "RULE": ("互认规则的发布", "A published recognition rule"),
        "AGREEMENT": ("互认协议的一版，仅成员", "A version of an agreement, for its members"),
        "MEMBERSHIP": (
            "本单位在协议中的加入、变更、退出，按协议标识",
            "What became of your part in an agreement, by the agreement's identifier",
        ),
        "KEY": ("签名密钥的启用与停用", "A signing key begun or retired"),
        "CONFIRMATION": ("互认确认书的回执，按编号，仅申请单位", "A receipt by its number, for who asked"),
        "TRANSFER": ("转移的一步，按转移标识，仅两地机关", "A step of a transfer by its id, for the two authorities"),
        "WITNESS": ("见证单位的登记", "A registered witness"),
    },
)


def _hashes(zh: str, en: str) -> graphene.List:
    return graphene.List(graphene.NonNull(graphene.String), required=True, description=text(zh, en))


def _size(zh: str, en: str, *, required: bool = False) -> graphene.Int:
    return graphene.Int(required=required, description=text(zh, en))


class LedgerCosignature(graphene.ObjectType):
    """What a witness signed."""

    class Meta:
        description = text("见证机关对检查点的签名", "A witness's signature on a checkpoint.")

    witness = string("见证机关标识", "Id of the authority", required=True)
    name = string("见证机关名称", "Its name", required=True)
    signed_at = moment("签名时间", "When it signed")
    line = string("签名行（tlog-cosignature）", "The line it signed with (C2SP tlog-cosignature)", required=True)


class LedgerCheckpoint(graphene.ObjectType):
    """A signed state of the log."""

    class Meta:
        description = text("日志检查点：由平台签名的条数与根哈希", "The log's size and root, signed by the hub.")

    origin = string("日志名称", "Name of the log", required=True)
    size = integer("条数", "Entries", required=True)
    root = string("根哈希（十六进制）", "Root hash, hexadecimal", required=True)
    made_at = moment("签名时间", "When it was signed")
    note = string(
        "签名文本（tlog-checkpoint），请自行留存", "The signed note (C2SP tlog-checkpoint); keep it", required=True
    )
    cosignatures = many(LedgerCosignature, "见证机关的签名", "What witnesses signed")


class LedgerInclusion(graphene.ObjectType):
    """That something is logged."""

    class Meta:
        description = text("存证：某条目在日志中的证明（RFC 9162）", "Proof that an entry is in the log (RFC 9162).")

    entry = string("条目原文（叶）", "The entry, byte for byte: the leaf", required=True)
    salt = string("条目摘要所用的盐（内容公开的条目）", "Salt of its digest, where the content is known to you")
    leaf_index = integer("条目序号", "Index of the leaf", required=True)
    tree_size = integer("日志条数", "Size of the tree", required=True)
    hashes = _hashes("路径哈希，自下而上", "Hashes of the path, from the leaf up")
    checkpoint = one(LedgerCheckpoint, "所依据的检查点", "The checkpoint it leads to", required=True)
    document = string("可离线核验的存证（JSON）", "All of it as JSON, to be kept and verified offline", required=True)


class LedgerConsistency(graphene.ObjectType):
    """That the log only grew."""

    class Meta:
        description = text("一致性证明：后一检查点是前一检查点的延续", "Proof that the log only grew (RFC 9162).")

    old = one(LedgerCheckpoint, "前一检查点", "The earlier checkpoint", required=True)
    new = one(LedgerCheckpoint, "后一检查点", "The later checkpoint", required=True)
    hashes = _hashes("证明哈希", "Hashes of the proof")


class LedgerWitnessInput(graphene.InputObjectType):
    """A witness's key."""

    class Meta:
        description = text("见证机关的公钥", "The key of a witness.")

    public_key = string("Ed25519 公钥（base64）", "Ed25519 public key, base64", required=True)


class CheckpointCosignInput(graphene.InputObjectType):
    """What a witness signed."""

    class Meta:
        description = text("对检查点的见证签名", "A signature on a checkpoint.")

    size = integer("检查点的条数", "Size of the checkpoint", required=True)
    line = string("签名行：— 名称 base64", "The signature line: — name base64", required=True)


class LedgerWitnessPayload(graphene.ObjectType):
    """A witness after it registered."""

    class Meta:
        description = text("登记结果", "What became of it.")

    name = string("签名时所用的名称", "The name to sign under")
    user_errors = many(UserError, "全部问题", "All findings")


class CheckpointCosignPayload(graphene.ObjectType):
    """A checkpoint after it was cosigned."""

    class Meta:
        description = text("见证结果", "What became of it.")

    checkpoint = one(LedgerCheckpoint, "检查点", "The checkpoint")
    user_errors = many(UserError, "全部问题", "All findings")


QUERIES: dict[str, Any] = {
    "ledger_checkpoint": one(
        LedgerCheckpoint,
        "最新（或某一条数）的日志检查点",
        "The latest checkpoint of the log, or the one of a size",
        size=_size("条数（默认最新）", "Size; the latest by default"),
    ),
    "ledger_inclusion": one(
        LedgerInclusion,
        "本单位可见的一条记录、核查结果等的存证；尚未入账为空",
        "Proof that something you may see is logged; null until it is",
        type=LedgerEntryType(
            default_value=LedgerEntryType.RECORD.value,
            description=text("类型（默认记录）", "Kind; a record by default"),
        ),
        id=graphene.ID(required=True, description=text("记录、核查标识，规则编号", "Id of the record, review or rule")),
        version=graphene.Int(description=text("版本（默认最新可见的）", "Version; the latest you see by default")),
        size=_size("按哪个检查点（默认最新）", "At the checkpoint of this size; the latest by default"),
    ),
    "ledger_consistency": one(
        LedgerConsistency,
        "两个检查点之间的一致性证明",
        "Proof that one checkpoint continues another",
        required=True,
        from_size=_size("前一检查点的条数", "Size of the earlier one", required=True),
        to_size=_size("后一检查点的条数", "Size of the later one", required=True),
    ),
}
MUTATIONS: dict[str, Any] = {
    "ledger_witness_register": one(
        LedgerWitnessPayload,
        "登记为日志的见证机关",
        "Register as a witness of the log, or change the key",
        required=True,
        input=LedgerWitnessInput(required=True, description=text("公钥", "The key")),
    ),
    "checkpoint_cosign": one(
        CheckpointCosignPayload,
        "以登记的密钥对检查点作见证签名；核对一致性后再签",
        "Cosign a checkpoint with your registered key; check its consistency first",
        required=True,
        input=CheckpointCosignInput(required=True, description=text("签名", "The signature")),
    ),
}
