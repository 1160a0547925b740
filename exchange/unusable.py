"""What stops the hub before it can serve anybody: a setting or a database that cannot be used.

Refusals that answer a request are in schema/errors.py; add the next reason not to start here.
"""


class Unusable(Exception):
    """The hub cannot start. `fix` says what the operator does next, in both languages where it needs words."""

    def __init__(self, message_zh: str, message_en: str, fix: str) -> None:
        self.message_zh = message_zh
        self.message_en = message_en
        self.fix = fix
        super().__init__(f"{message_zh} / {message_en}\n  -> {fix}")


class SettingsUnusable(Unusable):
    """One or more EXCHANGE_* variables cannot be read; the message names them all."""


class PortTaken(Unusable):
    """Somebody else listens on the port the operator asked for."""


class DatabaseUnusable(Unusable):
    """The database cannot be started, reached, migrated, or is not safe to use."""
