"""What is refused about disputes, statements and whistle-blower reports. Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

DISPUTE_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "ALREADY_DISPUTED",
        409,
        "本单位对该记录的异议尚未办结",
        "You already dispute this record",
        "等待办结；到期未答复的可提请上级机关",
        "Await its end; once it is overdue, elevate it",
    ),
    error_code(
        "DISPUTE_STEP_INVALID",
        409,
        "异议现为 {state}，本单位不能这样办理",
        "The dispute is {state}; this is not yours to do now",
        "重新读取异议，看轮到谁办理",
        "Read it again to see whose turn it is",
    ),
    error_code(
        "DISPUTE_NOT_DUE",
        409,
        "来源机关的答复期限 {due_on} 未过",
        "The source has time to answer until {due_on}",
        "{due_on} 之后，或来源机关维持原记录后，再提请上级机关",
        "Elevate it after {due_on}, or once the source confirmed the record",
    ),
    error_code(
        "SUPERIOR_UNKNOWN",
        409,
        "来源机关的上级机关未接入本平台",
        "The superior of the source takes no part in this hub",
        "依法向上级机关申请行政复议",
        "Apply for administrative reconsideration outside the hub",
    ),
    error_code(
        "TIP_STEP_INVALID",
        409,
        "举报现为 {state}，本单位不能这样办理",
        "The report is {state}; this is not yours to do now",
        "重新读取举报，看由哪个机关办理",
        "Read it again to see which authority handles it",
    ),
    error_code(
        "AUTHORITY_UNKNOWN",
        422,
        "该行政区划没有接入本平台的监管部门",
        "No authority of this hub governs that division",
        "核对区划代码，或拨打 12350 向当地举报",
        "Check the division, or report it there by calling 12350",
    ),
    error_code(
        "TEXT_TOO_LONG",
        422,
        "文字超过 {longest} 字",
        "More than {longest} characters",
        "压缩文字，详情另附材料",
        "Shorten it",
    ),
)
