"""What is refused for who asks, not for what: tokens, scopes, purpose, guessing. A part of ERRORS in errors.py.

Add the next such code here, with what the caller can do about it.
"""

from schema.error_code import ErrorCode
from schema.error_code import error_code as _error

ASKING_ERRORS: tuple[ErrorCode, ...] = (
    _error(
        "UNAUTHENTICATED",
        401,
        "未提供访问令牌或令牌无效",
        "No access token, or it is not valid",
        "以 client_credentials 向 /oauth/token 领取令牌",
        "Get a token at /oauth/token with client_credentials",
    ),
    _error(
        "TOKEN_EXPIRED",
        401,
        "访问令牌已过期",
        "The access token has expired",
        "重新领取令牌后重试",
        "Get a new token and try again",
    ),
    _error(
        "TOKEN_REVOKED",
        401,
        "访问令牌或客户端已停用",
        "The token or its client has been disabled",
        "联系平台运营方",
        "Contact the operator of the hub",
    ),
    _error(
        "INVALID_CLIENT",
        401,
        "客户端编号或密钥不正确",
        "Client id or secret is wrong",
        "核对 client_id 与 client_secret",
        "Check client_id and client_secret",
    ),
    _error(
        "TENANT_MISMATCH",
        409,
        "单位标识 {slug} 与已登记的单位不符（标识、信用代码、类型须一致）",
        "{slug} does not fit the tenant on record (slug, credit code and kind belong together)",
        "核对单位标识与统一社会信用代码",
        "Check slug and credit code",
    ),
    _error(
        "FORBIDDEN",
        403,
        "本令牌没有所需权限 {scope}",
        "This token lacks the scope {scope}",
        "向平台运营方申请该权限",
        "Ask the operator for this scope",
    ),
    _error(
        "PURPOSE_REQUIRED",
        403,
        "查询个人信息须说明查询事由和办件编号",
        "Personal fields need a purpose and a case number",
        "在 extensions.exchange 中给出 purpose 与 caseNumber，或用请求头 Exchange-Purpose、Exchange-Case",
        "Send purpose and caseNumber in extensions.exchange, or the headers Exchange-Purpose and Exchange-Case",
    ),
    _error(
        "TOO_MANY_MISSES",
        429,
        "查无此人的查询过多，请于 {retry_after} 秒后再试",
        "Too many look-ups found nobody; try again in {retry_after} s",
        "核对号码后再查；批量核验请联系平台运营方调整限额",
        "Check the numbers first; for checks in bulk ask the operator for a higher limit",
        retry=True,
    ),
)
