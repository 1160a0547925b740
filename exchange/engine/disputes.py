"""The SQL of disputes and statements, and what every record shows of them. The SDL: schema/graphql/disputes.py."""

from collections.abc import Mapping

from exchange.engine.filters import Filter, read_id
from exchange.engine.parts import Many, One, Order, Part, Root, Shape, Value, columns

_LATEST_FIRST = Order(columns=(("place", "bigint"),), is_descending=True)
_LAST = "(select s.{} from dispute_step s where s.dispute_id = {{t}}.dispute_id order by s.place desc limit 1)"
_STATE, _DUE = _LAST.format("state"), _LAST.format("due_on")
_UNSETTLED = f"{_STATE} in ('OPEN', 'ELEVATED', 'ORDERED')"
_ME = "any ((select current_setting('app.writes', true)::int[])::int[])"
# Readers of a record see its disputes there; this is the desk of the parties.
_PARTY = f"""({{t}}.owner_id = {_ME} or {{t}}.source_id = {_ME} or exists (
    select from dispute_step s where s.dispute_id = {{t}}.dispute_id and s.superior_id = {_ME}))"""


OF_RECORD_DISPUTED: Mapping[str, Part] = {
    "isDisputed": Value(sql="is_disputed({t}.record_id)"),
    "disputes": Many(shape="Dispute", where="{t}.record_id = {from}.record_id", order=_LATEST_FIRST),
    "statements": Many(
        shape="SubjectStatement",
        where="""{t}.record_id = {from}.record_id and {t}.text is not null and not exists (
          select from subject_statement n
          where n.record_id = {t}.record_id and n.owner_id = {t}.owner_id and n.version > {t}.version)""",
        order=Order(columns=(("recorded_at", "timestamptz"), ("statement_id", "uuid")), is_descending=True),
    ),
}

DISPUTE_SHAPES: Mapping[str, Shape] = {
    "Dispute": Shape(
        source="dispute",
        key="dispute_id",
        fields={
            **columns(
                id="{t}.dispute_id",
                recordId="{t}.record_id",
                kind="{t}.kind",
                grounds="{t}.grounds",
                state=_STATE,
                openedOn="{t}.opened_on",
                dueOn=_DUE,
                isDueEstimated=_LAST.format("is_due_estimated"),
                isOverdue=f"coalesce({_UNSETTLED} and {_DUE} < {{day}}, false)",
            ),
            "source": One(shape="Authority", where="{t}.tenant_id = {from}.source_id"),
            "superior": One(
                shape="Authority",
                where="{t}.tenant_id = (select s.superior_id from dispute_step s "
                "where s.dispute_id = {from}.dispute_id order by s.place desc limit 1)",
            ),
            "steps": Many(
                shape="DisputeStep",
                where="{t}.dispute_id = {from}.dispute_id",
                order=Order(columns=(("place", "int"),)),
            ),
        },
    ),
    "DisputeStep": Shape(
        source="dispute_step",
        key="dispute_id",
        fields={
            **columns(
                step="{t}.step",
                takenOn="{t}.taken_on",
                dueOn="{t}.due_on",
                text="(select w.text from dispute_text w where w.dispute_id = {t}.dispute_id and w.place = {t}.place)",
                recordVersion="{t}.record_version",
            ),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id and {t}.kind = 'AUTHORITY'"),
        },
    ),
    "SubjectStatement": Shape(
        source="subject_statement",
        key="statement_id",
        fields={
            **columns(
                id="{t}.statement_id",
                text="{t}.text",
                madeOn="{t}.made_on",
                version="{t}.version",
                recordedAt="{t}.recorded_at",
            ),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id and {t}.kind = 'AUTHORITY'"),
        },
    ),
}

DISPUTE_ROOTS: Mapping[str, Root] = {
    "dispute": Root(
        part=One(shape="Dispute", where=_PARTY),
        scope="dispute.open",
        arguments={"id": Filter(sql="{t}.dispute_id = {v}", type="uuid", read=read_id)},
    ),
    "disputes": Root(
        part=Many(
            shape="Dispute",
            where=_PARTY,
            order=Order(columns=(("place", "bigint"),)),
            filters={"isOpen": Filter(sql=_UNSETTLED, otherwise=f"not ({_UNSETTLED})")},
        ),
        scope="dispute.open",
    ),
}
