"""提示 Remarks on a row that is kept all the same: findings of severity WARNING.

Add the next one to REMARKS; ERRORS in errors.py contains them, so its texts, README line and tests are those of errors.
"""

from schema.error_code import ErrorCode, error_code

REMARKS: tuple[ErrorCode, ...] = (
    error_code(
        "REGION_UNKNOWN",
        200,
        "行政区划代码不在现行或历史表中（仅提示）",
        "Division code in neither today's nor the historical table (warning only)",
        "如为开发区代码可忽略",
        "Ignore it if it is a development zone's code",
    ),
    error_code(
        "ISSUER_IS_DIVISION",
        200,
        "证照标识中的颁证机构是行政区划代码（仅提示）",
        "The issuer within the certificate identifier is a division code (warning only)",
        "换发时改用颁证机构的统一社会信用代码",
        "Use the issuer's credit code at the next issue",
    ),
    error_code(
        "LEVEL_DIFFERS",
        200,
        "与按 GB 18218-2018 计算的 {computed} 不一致（仅提示）",
        "Differs from {computed} as computed by GB 18218-2018 (warning only)",
        "核对物质、数量与校正系数；以评估报告为准",
        "Check substances, amounts and factors; the assessment report decides",
    ),
    error_code(
        "SUBSTANCE_UNKNOWN",
        200,
        "未能核算级别：{substance} 的临界量或校正系数未知（仅提示）",
        "Level not checked: critical amount or factor of {substance} unknown (warning only)",
        "写成 名称/数量/临界量/校正系数 或 名称/数量/类别符号",
        "Write name/amount/critical amount/factor, or name/amount/category symbol",
    ),
    error_code(
        "TERM_UNUSUAL",
        200,
        "期限与规定的 {term} 不一致（仅提示）",
        "Not the usual term: {term} (warning only)",
        "核对日期；以决定书为准",
        "Check the dates; the decision decides",
    ),
    error_code(
        "VALUE_UNUSUAL",
        200,
        "不是常用的写法（仅提示）",
        "Not a word in common use (warning only)",
        "同一含义请改用导入模板代码表中的写法；确属其他的可忽略",
        "Use the template's word for the same thing; ignore it if it is another",
    ),
)
