"""What is refused about the tamper-evident log. Part of ERRORS in errors.py; add the next such code here."""

from schema.error_code import ErrorCode, error_code

LEDGER_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "NO_WITNESS",
        409,
        "本单位尚未登记见证公钥",
        "You have not registered as a witness",
        "先用 ledgerWitnessRegister 登记公钥",
        "Register your key by ledgerWitnessRegister first",
    ),
    error_code(
        "COSIGNATURE_INVALID",
        400,
        "见证签名无效：须以登记的公钥、名称 {name}、当前时间签署该检查点",
        "The cosignature is not good: sign this checkpoint with the registered key, as {name}, with the time of now",
        "按 tlog-cosignature 重新签名",
        "Sign it again, as C2SP tlog-cosignature says",
    ),
)
