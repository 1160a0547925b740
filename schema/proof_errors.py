"""What is refused of proofs shown to others: status lists, safety codes. Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

PROOF_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "STATUS_LIST_AS_JWT",
        406,
        "状态列表只以签名的 JWT 提供",
        "Status lists are given as signed JWT only",
        "接受 application/statuslist+jwt",
        "Accept application/statuslist+jwt",
    ),
    error_code(
        "STATUS_LIST_OF_NOW",
        501,
        "状态列表只反映现在，不提供过去时点的列表",
        "Status lists tell of now, not of a moment in the past",
        "去掉参数 time；过去某日的情况用 recognition(on:, knownAt:) 查询",
        "Leave `time` out; ask recognition(on:, knownAt:) about the past",
    ),
    error_code(
        "CERTIFICATE_ENDED",
        409,
        "证书有效期已于 {on} 届满，不能制作印刷用的安全码",
        "The certificate ended on {on}: no code for print can be made",
        "改用出示用的安全码（SHOWN），或办理延续后再制作",
        "Make one to show (SHOWN), or have the certificate renewed first",
    ),
)
