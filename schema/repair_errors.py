"""What is refused about the repair of credit. Part of ERRORS in errors.py; add the next such code here."""

from schema.error_code import ErrorCode, error_code

REPAIR_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "REPAIR_TOO_EARLY",
        409,
        "该记录自 {day} 起方可申请信用修复",
        "Repair may be asked from {day} on",
        "届时再申请；确有错误的，向认定机关提出异议",
        "Ask again then; dispute the record where it is wrong",
    ),
    error_code(
        "REPAIR_NOT_PROVIDED",
        409,
        "该类记录不以信用修复解除",
        "Records of this sort do not end by repair",
        "按其移出条件办理（整改销号、发还、重新评定）",
        "Meet its own conditions of removal",
    ),
    error_code(
        "REPAIR_PENDING",
        409,
        "该记录的信用修复申请正在办理，或记录已解除",
        "A repair of this record is being decided, or it has been lifted",
        "等待认定机关作出决定",
        "Wait for the authority's decision",
    ),
    error_code(
        "REPAIR_STATE",
        409,
        "信用修复申请处于 {state} 状态，不能这样办理",
        "The repair is {state}: this cannot be done",
        "重新读取查看",
        "Read it again",
    ),
)
