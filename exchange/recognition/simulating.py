"""互认规则推演 What a draft rule would change: certificates judged under the rules as they will be, without it and with
it. Pure.

Another count is another property of Tally.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.recognition import decide
from schema.recognition import CertificateFacts, Question, RecognitionRule, Verdict

USABLE = (Verdict.ACCEPTED, Verdict.CONDITIONAL)
MOST_EXAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """One certificate, whose verdict the draft changes."""

    certificate_id: str
    before: Verdict
    after: Verdict
    reasons: tuple[str, ...]


@dataclass
class Tally:
    """Counts as certificates come in; the first of each sort of change are kept as examples."""

    counts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    examples: dict[tuple[Verdict, Verdict], list[Change]] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Count one."""
        sort = (change.before, change.after)
        self.counts[sort] += 1
        if change.before is not change.after:
            several = self.examples.setdefault(sort, [])
            if len(several) < MOST_EXAMPLES:
                several.append(change)

    @property
    def judged(self) -> int:
        """All certificates judged."""
        return self.counts.total()

    @property
    def newly_accepted(self) -> int:
        """Accepted, be it on condition, and not without the draft."""
        return sum(
            number for (before, after), number in self.counts.items() if after in USABLE and before not in USABLE
        )

    def newly(self, verdict: Verdict) -> int:
        """How many get this verdict, and would not without the draft."""
        return sum(
            number for (before, after), number in self.counts.items() if after is verdict and before is not verdict
        )


def question_on(draft: RecognitionRule, host_region: str, employer_code: str | None) -> Question:
    """How the draft is tried: on its first day, for the holder's employer (none known where it wants a change), for the
    first of its activities, with its documents."""
    return Question(
        host_region=host_region,
        day=draft.valid_from,
        employer_code=None if draft.requires_other_employer else employer_code,
        activity=next(iter(draft.activities), None),
        documents=draft.documents,
    )


def compare(
    facts: CertificateFacts, rules: Sequence[RecognitionRule], draft: RecognitionRule, question: Question
) -> Change:
    """One certificate without the draft and with it."""
    before, after = decide(facts, rules, question), decide(facts, (*rules, draft), question)
    return Change(
        certificate_id=facts.certificate_id, before=before.verdict, after=after.verdict, reasons=after.reasons
    )
