"""推送目标 Sinks: where the stream goes besides the hub's own readers, one module each.

Add the next one as a module, and as a function here that gives it if the settings ask for it, named in SINKS.
tests/flows/test_sinks.py asks the same of every sink.
"""

from collections.abc import Callable

from exchange.outbox import Sink
from exchange.settings import Settings
from exchange.unusable import SettingsUnusable


def _jetstream(settings: Settings) -> Sink | None:
    if settings.nats_url is None:
        return None
    try:
        from exchange.sinks.jetstream import JetStream
    except ImportError as error:
        raise SettingsUnusable(
            "设置了 EXCHANGE_NATS_URL，但未安装 nats-py",
            "EXCHANGE_NATS_URL is set, but nats-py is not installed",
            "pip install 'safety-exchange[scale]'",
        ) from error
    return JetStream(settings.nats_url)


SINKS: tuple[Callable[[Settings], Sink | None], ...] = (_jetstream,)


def chosen_sinks(settings: Settings) -> tuple[Sink, ...]:
    """The sinks the settings ask for. Raises SettingsUnusable when a package for one is missing."""
    return tuple(sink for sink in (chosen(settings) for chosen in SINKS) if sink is not None)
