"""What is refused of a confirmation of recognition (互认确认书). Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

CONFIRMATION_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "CONFIRMATION_DAY",
        422,
        "互认确认书只确认 {first} 至 {last} 的现行结论，不回看过去",
        "A confirmation is of a day from {first} to {last}, by what is known now",
        "改问该期间的某一天，去掉 knownAt；查过去请用 recognition",
        "Ask of a day within it, without knownAt; for the past use recognition",
    ),
)
