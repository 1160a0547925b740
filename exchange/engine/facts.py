"""Facts for what the dossiers judge or sum up: SQL that gives JSON about a firm or a person on a day.

Read within the statement of the root field, so the caller's row security decides what counts; of a past day or moment
the builder puts the records as they stood in the place of `from record`. What is made of the facts is in
exchange/dossiers.py; the shapes that use them in dossiers.py.
"""

_PROFILE = """(select p.body from record p
  where p.credit_code = {firm} and p.family = 'PROFILE' and p.kind = 'ENTERPRISE_PROFILE' and p.effective_on <= {day}
  order by p.effective_on desc, p.recorded_at desc, p.record_id limit 1)"""
_OF_FIRM, _OF_EMPLOYER = (_PROFILE.replace("{firm}", firm) for firm in ("{t}.credit_code", "a.credit_code"))

# A person's certificates, under whatever id, the best first: a gap is told by the first of those that would fit.
_HELD = """(select coalesce(json_agg(json_build_object('kind', c.kind,
    'scope', coalesce(c.body->>'personType', c.body->>'managerClass'),
    'isGood', is_good(c, {day}{and_moment}) and not g.is_gone, 'status', coalesce(
      nullif(certificate_status(c, {day}{and_moment}), case when g.is_gone then 'VALID' end), 'TRANSFERRED_OUT'))
    order by g.is_gone, c.valid_to desc, c.record_id), '[]'::json)
  from record c cross join lateral (select is_transferred(c{and_then}) as is_gone offset 0) g
  where c.person_id = any (a.ids) and c.family = 'CERTIFICATE')"""

_POST = f"""'personId', a.person_id, 'nameMasked', a.name_shown, 'post', a.body->>'post',
  'engagement', a.body->>'engagement', 'held', {_HELD}"""

# Appointments on the day, each person once a post however many authorities state it.
_IN_POST = """a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
  and (a.valid_from is null or a.valid_from <= {day}) and (a.valid_to is null or a.valid_to >= {day})"""

KEY_STAFF = f"""json_build_object('profile', {_OF_FIRM}, 'posted',
  (select coalesce(json_agg(json_build_object({_POST}) order by a.body->>'post', a.name_shown, a.person_id), '[]'::json)
  from (select distinct on (i.ids, a.body->>'post') a.*, i.ids from record a
    cross join lateral (select person_ids(a.person_id) as ids offset 0) i
    where a.credit_code = {{t}}.credit_code and {_IN_POST}
    order by i.ids, a.body->>'post', a.recorded_at desc, a.record_id) a))"""

POST_FINDINGS = f"""(select coalesce(json_agg(json_build_object({_POST}, 'creditCode', a.credit_code,
    'firmName', a.employer_name, 'region', a.region, 'appointmentId', a.record_id,
    'profile', {_OF_EMPLOYER}) order by a.credit_code, a.body->>'post'), '[]'::json)
  from (select distinct on (a.credit_code, a.body->>'post') a.*, {{t}}.ids from record a
    where a.person_id = any ({{t}}.ids) and {_IN_POST}
    order by a.credit_code, a.body->>'post', a.recorded_at desc, a.record_id) a)"""

CERTIFICATES_BY_REGION = """(select coalesce(json_agg(json_build_object('region', g.region, 'status', g.status,
    'count', g.count, 'expiring', g.expiring) order by g.region, g.status), '[]'::json)
  from (select s.region, s.status, count(*) as count,
      count(*) filter (where s.status = 'VALID' and s.valid_to <= {day} + 90) as expiring
    from (select c.region, c.valid_to, certificate_status(c, {day}{and_moment}) as status from record c
      where c.credit_code = {t}.credit_code and c.family = 'CERTIFICATE') s
    group by s.region, s.status) g)"""

# Every assessment of each grading that stands, also those told late; none that was corrected or voided. Of two for one
# day the later word counts.
GRADING_HISTORY = """(select coalesce(json_agg(json_build_object('authority', o.slug, 'authorityName', o.name,
    'scheme', s.scheme, 'methodVersion', s.method, 'recordId', s.record_id, 'version', s.version,
    'assessedOn', s.effective_on, 'band', s.band, 'score', s.score::float)
    order by o.slug, s.scheme, s.method, s.effective_on), '[]'::json)
  from (select distinct on (v.record_id, v.effective_on) v.record_id, v.version, v.effective_on, v.band,
      v.body->>'score' as score, v.body->>'methodVersion' as method, r.body->>'scheme' as scheme, r.owner_id
    from record r join record_history() v on v.record_id = r.record_id
    where r.credit_code = {t}.credit_code and r.family = 'RISK' and r.kind = 'RISK_GRADING'
      and v.effective_on <= {day} and v.recorded_at <= {moment} and v.report_kind not in ('VOID', 'REVERT')
      and not coalesce(v.superseded_from = '-infinity' and v.superseded_at <= {moment}, false)
      and not exists (
        select from record_history() c
        where c.record_id = v.record_id and c.replaces_version = v.version and c.recorded_at <= {moment})
    order by v.record_id, v.effective_on, v.version desc) s
  join tenant o on o.tenant_id = s.owner_id)"""

TRAINING_HOURS = """(select coalesce(json_agg(json_build_object('year', y.year, 'trainingType', y.sort,
    'hours', y.hours, 'courses', y.courses) order by y.year desc, y.sort), '[]'::json)
  from (select extract(year from c.valid_to)::int as year, c.sort, sum(c.hours)::float as hours, count(*) as courses
    from (select distinct on (r.body->>'trainingType', r.body->>'provider', r.valid_from)
        r.body->>'trainingType' as sort, (r.body->>'hours')::numeric as hours, r.valid_to from record r
      where r.person_id = any ({t}.ids) and r.family = 'TRAINING' and r.kind = 'TRAINING' and r.valid_to <= {day}
      order by r.body->>'trainingType', r.body->>'provider', r.valid_from, r.recorded_at desc, r.record_id) c
    group by 1, 2) y)"""

# The flags on a firm by how they stand on the day: until when each of those that ended stood, and how many stand.
CLEARANCE = """(select json_build_object('standing', count(*) filter (where f.stands),
    'clearedOn', case when not bool_or(f.stands) then max(f.ended_on) end)
  from (select (f.lifted_on is null or f.lifted_on > {day}) and in_term(f.body, {day}) as stands,
      least(f.lifted_on, stated_day(f.body, 'termEndsOn') + 1) as ended_on
    from record f
    where f.credit_code = {t}.credit_code and f.family = 'ADVERSE') f)"""
