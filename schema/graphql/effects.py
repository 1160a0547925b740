"""惩戒措施与信用修复: what a negative record brings with it on a day, what ends it, from when repair may be asked.

The next thing to say of a record is a field here and a key in exchange/gates/effects.py.
"""

import graphene

from schema.gates import Gate as GateOfLaw
from schema.graphql.enums import coded
from schema.graphql.parts import day, identifier, many, string, text, yes_no

Gate = coded(GateOfLaw)


class CarriedMeasure(graphene.ObjectType):
    """A measure a negative record carries."""

    class Meta:
        description = text(
            "一条负面记录所附的惩戒措施；未注明依据的不生效",
            "A measure a negative record carries; one told without a legal basis is not in force.",
        )

    code = string("措施代码", "Code", required=True)
    name = string("措施", "Name in Chinese", required=True)
    name_en = string("措施（英文）", "Name in English", required=True)
    basis = string("决定载明的依据（未注明的为空）", "Basis the decision names; none where it names none")
    is_in_force = yes_no("在所问之日是否生效", "Whether it is in force on the day asked")
    ends_on = day("期限的最后一日", "Last day of its term")
    blocked_gates = many(Gate, "生效期间依法暂停办理的关卡", "Gates it closes while in force")


class FlagEffects(graphene.ObjectType):
    """What a negative record brings with it."""

    class Meta:
        description = text(
            "负面记录的惩戒措施、移出条件与信用修复", "What a negative record brings with it, and the ways out of it."
        )

    flag_id = identifier("风险标记标识", "Id of the flag")
    measures = many(CarriedMeasure, "所附措施", "Measures it carries")
    exit_condition = string("如何解除", "What ends it", required=True)
    term_ends_on = day("期限的最后一日", "Last day of its term")
    repair_from = day(
        "何日起可申请信用修复（不以信用修复解除的为空）",
        "From when credit repair may be asked; none where repair is no way out",
    )
    repair_basis = string("信用修复依据", "Basis of repair")
