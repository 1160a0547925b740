"""The SQL of whistle-blower reports. No piece of it reads tip_reporter: who reported is opened by tips.py alone."""

from collections.abc import Mapping
from typing import Any

from exchange.engine.filters import Filter, read_id
from exchange.engine.parts import Many, One, Order, Root, Shape, columns
from exchange.tips import code_hash
from tenants.keys import Keys

_LAST = "(select s.{} from tip_step s where s.tip_id = {}.tip_id order by s.place desc limit 1)"
_STATE, _DUE = _LAST.format("step", "{t}"), _LAST.format("due_on", "{t}")


def _code(value: Any, keys: Keys) -> bytes:
    return code_hash(value, keys)


TIP_SHAPES: Mapping[str, Shape] = {
    "Tip": Shape(
        source="tip",
        key="tip_id",
        fields={
            **columns(
                id="{t}.tip_id",
                category="{t}.category",
                region="{t}.region",
                state=_STATE,
                filedOn="{t}.filed_on",
                dueOn=_DUE,
                isDueEstimated=_LAST.format("is_due_estimated", "{t}"),
                isOverdue=f"coalesce({_DUE} < {{day}}, false)",
                creditCode="{t}.credit_code",
                certificateNumberMasked="{t}.number_shown",
                post="{t}.post",
                text="(select w.text from tip_text w where w.tip_id = {t}.tip_id and w.place = 1)",
            ),
            "authority": One(shape="Authority", where="{t}.tenant_id = " + _LAST.format("competent_id", "{from}")),
            "steps": Many(
                shape="TipStep", where="{t}.tip_id = {from}.tip_id", order=Order(columns=(("place", "int"),))
            ),
            "links": Many(
                shape="TipLink", where="{t}.tip_id = {from}.tip_id", order=Order(columns=(("record_id", "uuid"),))
            ),
            "reward": One(shape="TipReward", where="{t}.tip_id = {from}.tip_id"),
        },
    ),
    "TipStep": Shape(
        source="tip_step",
        key="tip_id",
        fields={
            **columns(
                state="{t}.step",
                takenOn="{t}.taken_on",
                text="(select w.text from tip_text w where w.tip_id = {t}.tip_id and w.place = {t}.place)",
                recordId="{t}.record_id",
            ),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.competent_id"),
        },
    ),
    "TipLink": Shape(
        source="tip_link",
        key="tip_id",
        fields={
            **columns(role="{t}.role", recordId="{t}.record_id"),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.other_id"),
        },
    ),
    "TipReward": Shape(
        source="tip_reward",
        key="tip_id",
        fields=columns(amount="{t}.amount::text", basis="{t}.basis", paidOn="{t}.paid_on"),
    ),
}

TIP_ROOTS: Mapping[str, Root] = {
    "tip": Root(
        part=One(shape="Tip"),
        scope="tip.file",
        arguments={
            "by.id": Filter(sql="{t}.tip_id = {v}", type="uuid", read=read_id),
            "by.followUpCode": Filter(sql="{t}.code_hash = {v}", type="bytea", read=_code),
        },
    ),
    "tips": Root(
        part=Many(
            shape="Tip",
            where="true",
            order=Order(columns=(("place", "bigint"),)),
            filters={"state": Filter(sql=f"{_STATE} = {{v}}")},
        ),
        scope="tip.file",
    ),
}
