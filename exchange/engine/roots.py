"""The root fields that are stored, not computed: what each reads and which scope opens it.

A root field of the SDL is either here or a method of the hub. Lists of records come with the kinds.
"""

from collections.abc import Mapping

from exchange.engine import filters
from exchange.engine.disputes import DISPUTE_ROOTS
from exchange.engine.faces import condition, root_list
from exchange.engine.families import STATUS_OF_EITHER
from exchange.engine.filters import Filter
from exchange.engine.finding import search
from exchange.engine.identity import UNJUDGED
from exchange.engine.parts import BY_DUE, BY_POSITION, BY_RECEIPT, BY_RECENT, Many, One, Order, Root
from exchange.engine.rosters import ROSTER_ROOTS
from exchange.engine.tips import TIP_ROOTS
from exchange.engine.transfers import TRANSFER_ROOTS
from schema.graphql.faces import FACES

_CONDITIONS = {face.name: condition(face) for face in FACES}

ROOTS: Mapping[str, Root] = {
    **{face.plural: root_list(face) for face in FACES},
    "certificate": Root(
        part=One(
            shape="Certificate",
            where=_CONDITIONS["Certificate"],
            # one number may stand for several: what is not reported valid comes first
            order="({t}.reported_status = 'VALID'), {t}.valid_to desc, {t}.record_id",
        ),
        scope="record.read",
        arguments=filters.CERTIFICATE_BY,
    ),
    "person": Root(part=One(shape="Person"), scope="record.read", is_personal=True, arguments=filters.PERSON_BY),
    "enterprise": Root(part=One(shape="Enterprise"), scope="flag.read", arguments=filters.OF_FIRM),
    "riskFlag": Root(
        part=One(shape="RiskFlag", where=_CONDITIONS["RiskFlag"]), scope="flag.read", arguments=filters.RECORD_BY_ID
    ),
    "reviews": Root(
        part=Many(shape="Review", where="true", order=BY_DUE, filters=filters.REVIEWS), scope="review.read"
    ),
    "review": Root(part=One(shape="Review"), scope="review.read", arguments=filters.REVIEW_BY_ID, is_noted=True),
    "events": Root(
        part=Many(shape="Event", where="{t}.position is not null", order=BY_POSITION, filters=filters.EVENTS),
        scope="event.read",
    ),
    **DISPUTE_ROOTS,
    **TIP_ROOTS,
    **ROSTER_ROOTS,
    **TRANSFER_ROOTS,
    "search": search(BY_RECENT, STATUS_OF_EITHER),
    "suspectedDuplicates": Root(
        part=Many(shape="SuspectedDuplicate", where=UNJUDGED, order=Order(columns=(("place", "bigint"),))),
        scope="record.publish",
    ),
    "repairs": Root(
        part=Many(shape="Repair", where="true", order=Order(columns=(("place", "bigint"),), is_descending=True)),
        scope="repair.read",
    ),
    "gateReceipt": Root(
        part=One(shape="GateCheck"),
        scope="gate.check",
        arguments={"receiptNumber": Filter(sql="{t}.receipt_number = {v}")},
    ),
    "gateChecks": Root(
        part=Many(shape="GateCheck", where="true", order=Order(columns=(("place", "bigint"),), is_descending=True)),
        scope="gate.check",
    ),
    "importBatches": Root(part=Many(shape="ImportBatch", where="true", order=BY_RECEIPT), scope="record.publish"),
    "accessRecords": Root(
        part=Many(
            shape="AccessRecord", where="true", order=Order(columns=(("access_id", "bigint"),), is_descending=True)
        ),
        scope="record.read",
    ),
}
