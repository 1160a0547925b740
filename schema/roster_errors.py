"""What is refused of a roster (名册). Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

ROSTER_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "EMPLOYMENT_UNPROVEN",
        422,
        "未见该人员任职或持证登记在本企业名下",
        "No appointment or certificate names this firm as the person's employer",
        "先由监管部门登记任职，或在换证时登记用人单位，再列入名册",
        "Have the appointment, or the employer on the certificate, recorded first",
    ),
    error_code(
        "ROSTER_NOT_ENTITLED",
        422,
        "本单位的名册不能列入该对象：企业只列本企业及其人员，合作单位只列企业",
        "Not on this roster: a firm may list itself and its staff, a partner firms only",
        "删去该行",
        "Leave the row out",
    ),
    error_code(
        "ROSTER_SUBJECT_UNCLEAR",
        422,
        "公民身份号码与统一社会信用代码须填且只填一个",
        "Fill in either an ID number or a credit code",
        "人员填公民身份号码，企业填统一社会信用代码",
        "An ID number for a person, a credit code for a firm",
    ),
)
