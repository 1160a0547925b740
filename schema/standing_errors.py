"""Refusals of what cannot follow upon what already stands: a revoked certificate does not come back by a row.

Add the next one here; schema/errors.py takes them all.
"""

from schema.error_code import error_code

STANDING_ERRORS = (
    error_code(
        "STATE_TRANSITION_INVALID",
        422,
        "证书状态不能这样变更：{change}",
        "A certificate's state cannot change like this: {change}",
        "核对证书状态和业务操作类型；原状态报送有误的，用同一发布变更另附 report（kind CORRECTION 与 reason）更正",
        "Check state and operation; if the former state was wrong, publish with report (kind CORRECTION, reason)",
    ),
    error_code(
        "FLAG_LIFTED",
        422,
        "该标记已于 {on} 移出，重复报送不会恢复列入",
        "This flag was lifted on {on}; sending it again does not list it again",
        "补填移出日期；再次列入须凭新的决定书文号；误移出的，另附 report（kind CORRECTION 与 reason）更正",
        "Fill in liftedOn; list again under a new decision; lifted by mistake: publish with report (kind CORRECTION)",
    ),
    error_code(
        "OLDER_THAN_CURRENT",
        200,
        "早于现行评定（{on}），现行评定不变（仅提示）",
        "Older than the assessment in force ({on}), which stays (warning only)",
        "现行评定有误的，另附 report（kind CORRECTION 与 reason）更正",
        "If the one in force is wrong, publish with report (kind CORRECTION, reason)",
    ),
)
