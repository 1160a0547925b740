"""互认协议推演 What a draft version of an agreement would change between its members. Pure.

The rules stay what they are: those that count under the agreement are judged by its draft instead of its published
versions, and by draft rules beside them. Another count is another property of Tally (simulating.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from exchange.recognition import decide
from exchange.recognition.simulating import Change, Tally
from schema.agreements import Agreed, Part
from schema.recognition import CertificateFacts, Question, RecognitionRule


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place of use, and the member whose it is."""

    tenant_id: int
    region: str


@dataclass(frozen=True, kw_only=True, order=True)
class Pair:
    """A kind of certificate, the member that issues it, the member where it is used."""

    kind: str
    issuer_id: int
    host_id: int


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is tried: the draft as the last version of the agreement, with the rules of now and those to be."""

    agreed: Agreed
    rules: Sequence[RecognitionRule]
    rules_to_be: Sequence[RecognitionRule]

    @property
    def under_it(self) -> tuple[RecognitionRule, ...]:
        """The rules that count under the agreement, with those to be."""
        named = (*self.rules, *self.rules_to_be)
        return tuple(replace(one, agreed=self.agreed) for one in named if one.agreement == self.agreed.identifier)

    @property
    def after(self) -> tuple[RecognitionRule, ...]:
        """All rules as they would be."""
        others = (*self.rules, *self.rules_to_be)
        return (*self.under_it, *(one for one in others if one.agreement != self.agreed.identifier))


@dataclass
class Tallies:
    """Counts of each pair, as certificates come in."""

    by_pair: dict[Pair, Tally] = field(default_factory=lambda: defaultdict(Tally))

    @property
    def judged(self) -> int:
        """All judgements: a certificate at each place of use."""
        return sum(one.judged for one in self.by_pair.values())

    def changes(self, most: int) -> list[tuple[Pair, Change]]:
        """Some that change, of each pair and sort."""
        several = [
            (pair, change)
            for pair in sorted(self.by_pair)
            for sort in sorted(self.by_pair[pair].examples, key=lambda sort: (sort[0].name, sort[1].name))
            for change in self.by_pair[pair].examples[sort]
        ]
        return several[:most]


def places_of_use(rules: Iterable[RecognitionRule], parts: Iterable[Part], seats: dict[int, str]) -> list[Place]:
    """Where the rules speak, one place for each prefix and member; `seats`: the members' own divisions."""
    found = set()
    for prefix in sorted({prefix for rule in rules for prefix in rule.host_prefixes}):
        for part in parts:
            seat = seats[part.tenant_id]
            if seat.startswith(prefix):
                found.add((part.tenant_id, seat))
            elif part.governs(prefix.ljust(6, "0")):
                found.add((part.tenant_id, prefix.ljust(6, "0")))
    return [Place(tenant_id=tenant_id, region=region) for tenant_id, region in sorted(found)]


def issuer_of(region: str, parts: Iterable[Part]) -> Part | None:
    """The member whose division it is; of several the one with the smallest jurisdiction."""
    there = [
        (max(len(prefix) for prefix in one.jurisdiction if region.startswith(prefix)), one.tenant_id, one)
        for one in parts
        if one.governs(region)
    ]
    return max(there, key=lambda found: found[:2])[2] if there else None


def question_at(place: Place, facts: CertificateFacts, draft: Draft, question: Question) -> Question:
    """How it is asked there: for the first activity the rules or the table name, with all documents they want."""
    rules = [
        one for one in draft.under_it
        if facts.kind in one.kinds and any(place.region.startswith(prefix) for prefix in one.host_prefixes)
    ]  # fmt: skip
    named = [activity for one in rules for activity in (*one.activities, *_by_table(one, facts, question))]
    documents = dict.fromkeys(document for one in rules for document in one.documents)
    moves = any(one.requires_other_employer for one in rules)
    return replace(
        question, host_region=place.region, activity=next(iter(named), None), documents=tuple(documents),
        employer_code=None if moves else question.employer_code,
    )  # fmt: skip


def _by_table(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> list[str]:
    terms = rule.terms_on(question.day)
    rows = terms.rows if terms and rule.equivalence_table else ()
    return [
        activity
        for row in rows
        if row.table == rule.equivalence_table and row.kind == facts.kind and row.subkind in (None, facts.subkind)
        for activity in row.activities
    ]


def compare_agreed(facts: CertificateFacts, draft: Draft, question: Question) -> Change:
    """One certificate without the draft and with it."""
    before, after = decide(facts, draft.rules, question), decide(facts, draft.after, question)
    return Change(
        certificate_id=facts.certificate_id, before=before.verdict, after=after.verdict, reasons=after.reasons
    )
