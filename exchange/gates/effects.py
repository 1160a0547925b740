"""What a negative record brings with it on a day (惩戒措施、移出条件、信用修复), by the names of the SDL. Pure.

What a record carries is said in schema/measures.py; the SQL of the facts is in exchange/engine/effects.py.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from exchange.gates.facts import negative
from schema.gates import Gate
from schema.measures import REPAIRS, Carried, carried_by, repair_from, term_end

Told = Mapping[str, Any]


def flag_effects(told: Told, day: date) -> dict[str, Any]:
    """Of one record; lifted by the day, nothing of it is in force."""
    record = negative(told, told["creditCode"])
    lifted = date.fromisoformat(told["liftedOn"]) if told["liftedOn"] else None
    stands = (lifted is None or lifted > day) and (record.since is None or record.since <= day)
    earliest, rule = repair_from(record), REPAIRS.get(record.category)
    return {
        "flagId": record.record_id,
        "measures": [_carried(one, day, stands=stands) for one in carried_by(record)],
        "exitCondition": record.exit_conditions or "由认定机关依法解除",
        "termEndsOn": term_end(record),
        "repairFrom": earliest,
        "repairBasis": rule.basis if rule and earliest else None,
    }


def all_effects(told: Sequence[Told], day: date) -> list[dict[str, Any]]:
    """Of every record that stands against a firm."""
    return [flag_effects(one, day) for one in told]


def _carried(carried: Carried, day: date, *, stands: bool) -> dict[str, Any]:
    measure = carried.measure
    return {
        "code": measure.code,
        "name": measure.zh,
        "nameEn": measure.en,
        "basis": carried.basis or None,
        "isInForce": stands and carried.is_in_force(day),
        "endsOn": carried.ends_on,
        "blockedGates": [gate.name for gate in Gate if gate in measure.blocks],
    }
