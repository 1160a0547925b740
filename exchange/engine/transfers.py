"""The SQL of transfers between provinces: lists for both authorities. The SDL: schema/graphql/transfers.py."""

from collections.abc import Mapping

from exchange.engine.filters import Filter
from exchange.engine.parts import Many, One, Order, Root, Shape, columns

_ME = "(select (current_setting('app.writes', true)::int[])[1])"
_LAST = "(select s.{} from transfer_step s where s.transfer_id = {{t}}.transfer_id order by s.place desc limit 1)"
_STATE, _DUE = _LAST.format("state"), _LAST.format("due_on")
_OVERDUE = f"coalesce({_DUE} < {{day}}, false)"
_SCOPE = "record.publish"
_BY_PLACE = Order(columns=(("place", "bigint"),))
_FILTERS = {
    "state": Filter(sql=f"{_STATE} = {{v}}"),
    "isOverdue": Filter(sql=_OVERDUE, otherwise=f"not {_OVERDUE}"),
}

TRANSFER_SHAPES: Mapping[str, Shape] = {
    "Transfer": Shape(
        source="transfer",
        key="transfer_id",
        fields={
            **columns(
                id="{t}.transfer_id",
                state=_STATE,
                certificateId="{t}.record_id",
                certificateNumber="{t}.number_shown",
                managerClass="{t}.manager_class",
                validTo="{t}.valid_to",
                openedOn="{t}.opened_on",
                dueOn=_DUE,
                isDueEstimated=_LAST.format("is_due_estimated"),
                isOverdue=_OVERDUE,
                isExpired=f"{{t}}.valid_to < {{day}} and {_STATE} in ('OUT', 'DECLINED', 'REQUESTED', 'AGREED')",
                newCertificateId=_LAST.format("successor_id"),
                changeId="{t}.change_id",
                employerCode="{t}.employer_code",
                employerName="{t}.employer_name",
            ),
            "losingAuthority": One(shape="Authority", where="{t}.tenant_id = {from}.losing_id"),
            "gainingAuthority": One(shape="Authority", where="{t}.tenant_id = {from}.gaining_id"),
            "steps": Many(
                shape="TransferStep", where="{t}.transfer_id = {from}.transfer_id",
                order=Order(columns=(("place", "int"),)),
            ),
        },
    ),
    "TransferStep": Shape(
        source="transfer_step",
        key="step_id",
        fields={
            **columns(state="{t}.state", takenOn="{t}.taken_on", reason="{t}.reason"),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
        },
    ),
}  # fmt: skip

TRANSFER_ROOTS: Mapping[str, Root] = {
    "transfersOut": Root(
        part=Many(shape="Transfer", where=f"{{t}}.losing_id = {_ME}", order=_BY_PLACE, filters=_FILTERS), scope=_SCOPE
    ),
    "transfersIn": Root(
        part=Many(shape="Transfer", where=f"{{t}}.gaining_id = {_ME}", order=_BY_PLACE, filters=_FILTERS), scope=_SCOPE
    ),
}
