"""Everything the hub can refuse: code, HTTP status, message in Chinese and English, and what to do next.

Add the next one to ERRORS (a remark that keeps no row out: remarks.py); raise it as `Refusal("CODE", field=...,
value=...)`. Texts may name `{placeholders}`, filled from the keyword arguments; never pass a personal value unmasked.
"""

from typing import Any

from schema.asking_errors import ASKING_ERRORS
from schema.confirmation_errors import CONFIRMATION_ERRORS
from schema.dispute_errors import DISPUTE_ERRORS
from schema.error_code import ErrorCode
from schema.error_code import error_code as _error
from schema.gate_errors import GATE_ERRORS
from schema.ledger_errors import LEDGER_ERRORS
from schema.policy_errors import POLICY_ERRORS
from schema.proof_errors import PROOF_ERRORS
from schema.remarks import REMARKS
from schema.repair_errors import REPAIR_ERRORS
from schema.report_errors import REPORT_ERRORS
from schema.review_errors import REVIEW_ERRORS
from schema.roster_errors import ROSTER_ERRORS
from schema.rule_errors import RULE_ERRORS
from schema.standing_errors import STANDING_ERRORS
from schema.transfer_errors import TRANSFER_ERRORS

ERRORS: tuple[ErrorCode, ...] = (
    *ASKING_ERRORS,
    # The request
    _error(
        "BAD_REQUEST",
        400,
        "请求格式不正确：{detail}",
        "Malformed request: {detail}",
        "按接口文档修正请求",
        "Correct the request as documented",
    ),
    _error(
        "GRAPHQL_PARSE_FAILED", 400, "GraphQL 语法错误", "GraphQL syntax error", "修正查询语句", "Correct the query"
    ),
    _error(
        "GRAPHQL_VALIDATION_FAILED",
        400,
        "查询不符合接口定义",
        "The query does not fit the schema",
        "对照 SDL 修正查询",
        "Check the query against the SDL",
    ),
    _error(
        "QUERY_TOO_LARGE",
        400,
        "查询超出限制：{limit}",
        "The query is over the limit: {limit}",
        "拆分查询或减少层数、字段数",
        "Split the query, or ask for fewer levels or fields",
    ),
    _error(
        "UNSUPPORTED_MEDIA_TYPE",
        415,
        "不支持的内容类型",
        "Unsupported content type",
        "使用 application/json",
        "Use application/json",
    ),
    _error(
        "NOT_ACCEPTABLE",
        406,
        "无法提供所要求的响应类型",
        "None of the accepted media types can be served",
        "接受 application/graphql-response+json 或 application/json",
        "Accept application/graphql-response+json or application/json",
    ),
    _error(
        "METHOD_NOT_ALLOWED",
        405,
        "不支持的请求方法",
        "Method not allowed",
        "变更操作请用 POST",
        "Use POST for mutations",
    ),
    _error(
        "PAYLOAD_TOO_LARGE",
        413,
        "请求体超过上限 {limit}",
        "The body is over the limit of {limit}",
        "拆分文件，或在服务器上用 exchange import 导入",
        "Split the file, or use exchange import on the server",
    ),
    _error(
        "BODY_TOO_SLOW",
        408,
        "请求体传输过慢，收到 {received} 字节后已中止",
        "The body came too slowly; given up after {received} bytes",
        "检查网络后重新发送；大文件可在服务器上用 exchange import 导入",
        "Check the network and send it again; a large file can be imported on the server by exchange import",
        retry=True,
    ),
    _error(
        "NOT_FOUND",
        404,
        "未找到，或无权查看",
        "Not found, or not visible to you",
        "核对编号或地址",
        "Check the id or the address",
    ),
    _error("BAD_INPUT", 400, "参数值不正确：{detail}", "Bad input: {detail}", "修正该参数", "Correct the argument"),
    _error(
        "BAD_CURSOR",
        400,
        "游标无效",
        "The cursor is not valid",
        "使用 pageInfo.endCursor 或事件 cursor 原值",
        "Use pageInfo.endCursor or the event's cursor unchanged",
    ),
    _error("SEARCH_TEXT_TOO_SHORT", 400, "检索文字至少两个字", "Two characters at least", "多写一字", "Write one more"),
    _error(
        "SEARCH_TOO_BROAD",
        400,
        "检索文字对应的企业或人员超过一千",
        "More than a thousand firms or persons bear this text",
        "写得更完整，或改用统一社会信用代码、证书编号",
        "Write more of the name, or search by credit code or certificate number",
    ),
    _error(
        "IDEMPOTENCY_MISMATCH",
        409,
        "同一幂等键已用于不同内容",
        "This idempotency key was used with other content",
        "换一个新的 Idempotency-Key",
        "Use a fresh Idempotency-Key",
    ),
    _error(
        "IDEMPOTENCY_IN_PROGRESS",
        409,
        "同一幂等键的请求正在处理",
        "A request with this key is being processed",
        "稍后重试",
        "Try again shortly",
        retry=True,
    ),
    _error(
        "VERSION_CONFLICT",
        409,
        "已由他人处理（现为第 {version} 版）",
        "Changed by someone else (now version {version})",
        "重新读取，核对他人的处理后再提交",
        "Read it again, look at what was done, then submit",
    ),
    _error(
        "INTERNAL",
        500,
        "系统内部错误",
        "Internal error",
        "请凭 requestId 联系平台运营方",
        "Contact the operator with the requestId",
        retry=True,
    ),
    _error("UNAVAILABLE", 503, "服务暂不可用", "Temporarily unavailable", "稍后重试", "Try again later", retry=True),
    # Records
    _error(
        "UNKNOWN_KIND",
        400,
        "未知的记录类型 {kind}",
        "Unknown record kind {kind}",
        "可用类型：{known}",
        "Known kinds: {known}",
    ),
    _error(
        "FILE_UNREADABLE",
        400,
        "文件无法读取：{detail}",
        "The file cannot be read: {detail}",
        "检查文件是否完整、格式是否为 .xlsx/.xls/.csv/.ndjson/.json",
        "Check that the file is whole and its format known",
    ),
    _error(
        "ROW_UNREADABLE",
        422,
        "该行无法读取：{detail}",
        "The row cannot be read: {detail}",
        "修正该行后重新提交",
        "Correct the row and send it again",
    ),
    _error(
        "HEADER_MISSING",
        400,
        "缺少列 {columns}",
        "Missing columns {columns}",
        "按模板补齐表头",
        "Add the headers of the template",
    ),
    _error("FIELD_REQUIRED", 422, "必填项为空", "A required field is empty", "补填该项", "Fill it in"),
    _error(
        "FIELD_UNREADABLE",
        422,
        "值无法识别",
        "The value cannot be read",
        "按模板格式填写",
        "Write it as the template shows",
    ),
    _error(
        "FIELD_UNKNOWN",
        422,
        "未知字段",
        "Unknown field",
        "删除该字段或对照接口定义",
        "Remove it, or check the definition",
    ),
    _error(
        "CREDIT_CODE_INVALID",
        422,
        "统一社会信用代码校验不通过（GB 32100）",
        "Unified social credit code fails its check (GB 32100)",
        "核对 18 位代码",
        "Check all 18 characters",
    ),
    _error(
        "ID_NUMBER_INVALID",
        422,
        "公民身份号码校验不通过（GB 11643）",
        "Citizen ID number fails its check (GB 11643)",
        "核对 18 位号码",
        "Check all 18 characters",
    ),
    _error(
        "ID_NUMBER_AS_NUMBER",
        422,
        "证件号被 Excel 转成数字，后三位已丢失",
        "Excel turned the ID number into a number; its last digits are lost",
        "将该列设为文本后重新填写",
        "Set the column to text and type it again",
    ),
    _error(
        "CERTIFICATE_NUMBER_INVALID",
        422,
        "证书编号格式不正确",
        "The certificate number is malformed",
        "核对证书编号",
        "Check the certificate number",
    ),
    _error(
        "CERTIFICATE_IDENTIFIER_INVALID",
        422,
        "证照标识校验不通过（GB/T 36904）",
        "Certificate identifier fails its check (GB/T 36904)",
        "核对证照标识",
        "Check the identifier",
    ),
    _error(
        "IDENTIFIER_CHAIN_BROKEN",
        422,
        "关联证照标识与本证照标识不能前后相承：{detail}",
        "The associated identifier cannot be that of the version before: {detail}",
        "核对证照标识与关联证照标识",
        "Check the identifier and the associated identifier",
    ),
    _error("DATE_INVALID", 422, "日期无法识别", "The date cannot be read", "写成 2026-11-23", "Write it as 2026-11-23"),
    _error("DATE_IN_FUTURE", 422, "日期在今天之后", "The date lies after today", "核对日期", "Check the date"),
    _error("VALUES_CONTRADICT", 422, "与 {other} 矛盾", "Contradicts {other}", "核对两栏", "Check both fields"),
    _error("DATES_REVERSED", 422, "起止日期颠倒", "The dates are reversed", "核对起止日期", "Check both dates"),
    _error(
        "VALUE_NOT_IN_TABLE",
        422,
        "不在代码表中",
        "Not in the code table",
        "使用代码表中的值：{known}",
        "Use one of: {known}",
    ),
    _error(
        "DUPLICATE_IN_FILE",
        422,
        "同一文件中该记录出现多次且内容不同",
        "This record stands in the file more than once, with other content",
        "只保留正确的一行",
        "Keep only the right row",
    ),
    _error(
        "FOREIGN_ISSUER",
        403,
        "不能发布其他机关或辖区的记录",
        "You cannot publish another authority's or region's record",
        "由发证（认定）机关发布",
        "The issuing authority has to publish it",
    ),
    _error(
        "LEGAL_BASIS_REQUIRED",
        422,
        "红色等级须附法律依据和决定书文号",
        "A RED band needs its legal basis and decision number",
        "补填 legalBasis 与 decisionNumber",
        "Fill in legalBasis and decisionNumber",
    ),
    # Reviews
    _error("REASON_REQUIRED", 422, "须填写理由", "A reason is required", "补填理由", "Give a reason"),
    _error(
        "DECISION_BASIS_REQUIRED",
        422,
        "暂停办理、不予许可须附法律依据",
        "Suspending or refusing needs a legal basis",
        "补填 legalBasis",
        "Fill in legalBasis",
    ),
    _error(
        "ALREADY_DECIDED",
        409,
        "该核查已办结",
        "This review is already decided",
        "重新读取查看结论",
        "Read it again to see the outcome",
    ),
    _error("ALREADY_LIFTED", 409, "该标记已解除", "This flag is already lifted", "重新读取查看", "Read it again"),
    *REMARKS,
    *STANDING_ERRORS,
    *REPORT_ERRORS,
    *REVIEW_ERRORS,
    *ROSTER_ERRORS,
    *RULE_ERRORS,
    *CONFIRMATION_ERRORS,
    *DISPUTE_ERRORS,
    *GATE_ERRORS,
    *LEDGER_ERRORS,
    *POLICY_ERRORS,
    *REPAIR_ERRORS,
    *PROOF_ERRORS,
    *TRANSFER_ERRORS,
)

BY_CODE = {error.code: error for error in ERRORS}


class Refusal(Exception):
    """A refusal the caller can act on. `field` is a path such as ("input", "creditCode")."""

    def __init__(self, code: str, *, field: tuple[str, ...] = (), **values: Any) -> None:
        self.error = BY_CODE[code]
        self.code = code
        self.field = field
        self.values = values
        super().__init__(code)

    def message(self, language: str = "zh") -> str:
        """The text for a reader, `zh` or `en`."""
        return _fill(self.error.zh if language == "zh" else self.error.en, self.values)

    def next_step(self, language: str = "zh") -> str:
        """What the reader can do about it, `zh` or `en`."""
        return _fill(self.error.next_zh if language == "zh" else self.error.next_en, self.values)

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait before it can be otherwise, where that is known."""
        seconds: int | None = self.values.get("retry_after")
        return seconds

    def extensions(self) -> dict[str, Any]:
        """`errors[].extensions` of a GraphQL answer."""
        return {
            "code": self.code,
            "messageEn": self.message("en"),
            "nextStep": self.next_step("zh"),
            "nextStepEn": self.next_step("en"),
            "retryable": self.error.is_retryable,
            **({"field": list(self.field)} if self.field else {}),
            **({"retryAfter": self.retry_after} if self.retry_after is not None else {}),
        }


def _fill(text: str, values: dict[str, Any]) -> str:
    return text.format_map({name: values.get(name, "…") for name in _names(text)}) if "{" in text else text


def _names(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]
