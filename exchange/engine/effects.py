"""Facts for what negative records bring with them, as SQL that gives JSON; exchange/gates/effects.py judges."""

from exchange.engine.parts import Judged
from exchange.gates.effects import all_effects, flag_effects

_FACTS = """json_build_object('recordId', {t}.record_id, 'creditCode', {t}.credit_code, 'authority', '',
  'band', {t}.band, 'since', coalesce({t}.effective_on, {t}.recorded_on), 'liftedOn', {t}.lifted_on,
  'body', {t}.body)"""
_STANDING = f"""(select coalesce(json_agg({_FACTS.replace("{t}", "f")}
    order by f.effective_on, f.recorded_at, f.record_id), '[]'::json)
  from record f where f.family = 'ADVERSE' and f.credit_code = {{t}}.credit_code
    and (f.lifted_on is null or f.lifted_on > {{day}}) and (f.effective_on is null or f.effective_on <= {{day}}))"""

OF_FLAG = Judged(facts=_FACTS, judge=flag_effects, scope="flag.read")
OF_FIRM = Judged(facts=_STANDING, judge=all_effects, scope="flag.read")
