"""The root fields that are stored, not computed: what each reads and which scope opens it.

A root field of the SDL is either here or a method of the hub.
"""

from collections.abc import Mapping

from exchange.engine import filters
from exchange.engine.finding import search
from exchange.engine.parts import Many, One, Order, Root
from exchange.engine.shapes import BY_DUE, BY_END, BY_POSITION, BY_RECEIPT, BY_RECENT, STATUS

ROOTS: Mapping[str, Root] = {
    "certificate": Root(
        part=One(
            shape="Certificate",
            where="{t}.family = 'CERTIFICATE'",
            # one number may stand for several: what is not reported valid comes first
            order="({t}.reported_status = 'VALID'), {t}.valid_to desc, {t}.record_id",
        ),
        scope="record.read",
        arguments=filters.CERTIFICATE_BY,
    ),
    "certificates": Root(
        part=Many(shape="Certificate", where="{t}.family = 'CERTIFICATE'", order=BY_END, filters=filters.CERTIFICATES),
        scope="record.read",
    ),
    "person": Root(part=One(shape="Person"), scope="record.read", is_personal=True, arguments=filters.PERSON_BY),
    "enterprise": Root(part=One(shape="Enterprise"), scope="flag.read", arguments=filters.ENTERPRISE_BY),
    "riskFlags": Root(
        part=Many(shape="RiskFlag", where="{t}.family = 'ADVERSE'", order=BY_RECENT, filters=filters.FLAGS),
        scope="flag.read",
    ),
    "riskFlag": Root(
        part=One(shape="RiskFlag", where="{t}.family = 'ADVERSE'"), scope="flag.read", arguments=filters.RECORD_BY_ID
    ),
    "reviews": Root(
        part=Many(shape="Review", where="true", order=BY_DUE, filters=filters.REVIEWS), scope="review.read"
    ),
    "review": Root(part=One(shape="Review"), scope="review.read", arguments=filters.REVIEW_BY_ID),
    "events": Root(
        part=Many(shape="Event", where="{t}.position is not null", order=BY_POSITION, filters=filters.EVENTS),
        scope="event.read",
    ),
    "matters": Root(
        part=Many(shape="Matter", where="{t}.kind = 'PROJECT_APPROVAL'", order=BY_RECENT), scope="record.read"
    ),
    "search": search(BY_RECENT, STATUS),
    "importBatches": Root(part=Many(shape="ImportBatch", where="true", order=BY_RECEIPT), scope="record.publish"),
    "accessRecords": Root(
        part=Many(
            shape="AccessRecord", where="true", order=Order(columns=(("access_id", "bigint"),), is_descending=True)
        ),
        scope="record.read",
    ),
}
