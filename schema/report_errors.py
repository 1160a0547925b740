"""What is refused about reports on published records: corrections, reverted imports. Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

REPORT_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "CORRECTION_OUT_OF_ORDER",
        409,
        "更正后的评定日期与其他评定的先后次序冲突",
        "The corrected day would change the order of assessments",
        "作废该记录后按次序重新发布",
        "Void the record and publish its assessments anew, in order",
    ),
    error_code(
        "ALREADY_RECORDED",
        409,
        "更正后的号码下已有同一记录：{records}",
        "Recorded under the right number already: {records}",
        "核对后作废其中有误的一条，再更正",
        "Void the one that is wrong, then correct again",
    ),
    error_code(
        "ALREADY_REVERTED",
        409,
        "该导入批次已撤销",
        "This import is already reverted",
        "重新读取查看",
        "Read it again",
    ),
    error_code(
        "NOTHING_RETURNED",
        404,
        "该批次没有退回的行，或退回已满 7 日",
        "This import gave no rows back, or 7 days have passed",
        "再次导入原文件即得",
        "Import the file again to have them",
    ),
    error_code(
        "REVERT_TOO_LATE",
        409,
        "导入已超过 {days} 日，不能整批撤销",
        "The import is older than {days} days and cannot be reverted as a whole",
        "逐条更正或作废",
        "Correct or void its records one by one",
    ),
)
