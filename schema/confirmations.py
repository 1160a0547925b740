"""互认确认书 Confirmations of recognition: what has become of one since it was made. Pure.

Which state applies is decided by `state_of`; a further state is a value here and a branch there.
"""

from dataclasses import dataclass
from datetime import date

from schema.labelled import Labelled
from schema.recognition import Verdict

RELIED_UPON = (Verdict.ACCEPTED, Verdict.CONDITIONAL)


class ConfirmationState(Labelled):
    """What has become of a confirmation (现状)."""

    STANDS = ("维持", "stands as it was confirmed")
    CHANGED = ("有变化", "the answer, its reasons or its rules are others now")
    WITHDRAWN = ("不再认可", "what was accepted is accepted no more")
    EXPIRED = ("已过期", "its validity is over; ask again")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A decision as confirmations are compared: verdict, codes of what did not pass, rules with their versions."""

    verdict: Verdict
    reasons: tuple[str, ...]
    rules: tuple[str, ...]


def state_of(confirmed: Outcome, present: Outcome, *, valid_until: date, today: date) -> ConfirmationState:
    """The state on a day on which the same question is answered `present`."""
    if today > valid_until:
        return ConfirmationState.EXPIRED
    if confirmed.verdict in RELIED_UPON and present.verdict not in RELIED_UPON:
        return ConfirmationState.WITHDRAWN
    return ConfirmationState.STANDS if confirmed == present else ConfirmationState.CHANGED
