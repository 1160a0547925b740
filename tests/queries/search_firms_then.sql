select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('totalCount', (select count(*) from known_records($8::date, $9::timestamptz) t1
where t1.family = any ($6::text[]) and t1.credit_code = any ((select narrow_enough(array_agg(named.credit_code))
from (select distinct b.credit_code from known_records($8::date, $9::timestamptz) b
where b.credit_code = any ((select narrow_enough(array_agg(asked.credit_code))
from (select b.credit_code from name_ending n cross join lateral (select credit_code, person_id from name_bearer
where name_id = n.name_id offset 0) b
where n.ending >= ($7::text[])[1] and n.ending < ($7::text[])[2] and b.person_id is null union select b.credit_code from record_version b
where b.credit_code is not null and strpos(folded(case when b.person_id is null then b.name else b.employer_name end), ($7::text[])[1]) > 0
limit 1001) asked)::text[]) and strpos(folded(case when b.person_id is null then b.name else b.employer_name end), ($7::text[])[1]) > 0
limit 1001) named)::text[]) and t1.family = any ($10::text[])), 'nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $5::int), '[]'::json), 'pageInfo', json_build_object('hasNextPage', count(*) > $5::int)) as j, string_agg(page.p, ',') filter (where page.n <= $5::int) as p
from (select row_number() over (order by t1.recorded_at desc, t1.record_id desc) as n, translate(encode(convert_to(json_build_array(t1.recorded_at, t1.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t1.kind, 'family', t1.family, 'nameMasked', t1.name_shown, 'firmName', case when t1.person_id is null then t1.name else t1.employer_name end, 'status', case when t1.family in ('CERTIFICATE', 'PERMIT') then case when t1.family = 'PERMIT' then case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from permit_actions_on(t1.credit_code, t1.number_hash, t1.first_issued_on, t1.valid_from, $8::date, $9::timestamptz) a
   
where a.is_clear
order by a.measure = 'OTHER', a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier', $8::date, $9::timestamptz)) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $8::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $8::date and (
    t1.reviewed_on is null or t1.reviewed_on > $8::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $8::date then 'NOT_YET_VALID'
  else 'VALID' end) end else case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from actions_on(t1.person_id, t1.number_hash, t1.first_issued_on, t1.valid_from, $8::date, $9::timestamptz) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier', $8::date, $9::timestamptz)) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $8::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $8::date and (
    t1.reviewed_on is null or t1.reviewed_on > $8::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $8::date then 'NOT_YET_VALID'
  else 'VALID' end) end end when t1.family = 'ADVERSE' then case when ((t1.lifted_on is null or t1.lifted_on > $8::date) and in_term(t1.body, $8::date)) then 'CURRENT' else 'LIFTED' end else t1.reported_status end, 'version', t1.version, 'certificate', t3.j) as j0, nullif(concat_ws(',', t3.p), '') as p
from (select * from known_records($8::date, $9::timestamptz) t1
where t1.family = any ($6::text[]) and t1.credit_code = any ((select narrow_enough(array_agg(named.credit_code))
from (select distinct b.credit_code from known_records($8::date, $9::timestamptz) b
where b.credit_code = any ((select narrow_enough(array_agg(asked.credit_code))
from (select b.credit_code from name_ending n cross join lateral (select credit_code, person_id from name_bearer
where name_id = n.name_id offset 0) b
where n.ending >= ($7::text[])[1] and n.ending < ($7::text[])[2] and b.person_id is null union select b.credit_code from record_version b
where b.credit_code is not null and strpos(folded(case when b.person_id is null then b.name else b.employer_name end), ($7::text[])[1]) > 0
limit 1001) asked)::text[]) and strpos(folded(case when b.person_id is null then b.name else b.employer_name end), ($7::text[])[1]) > 0
limit 1001) named)::text[]) and t1.family = any ($10::text[])
order by t1.recorded_at desc, t1.record_id desc
limit $5::int + 1) t1
left join lateral (select json_build_object('status', case
  when t2.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t2.reported_status
  else coalesce((select a.measure from actions_on(t2.person_id, t2.number_hash, t2.first_issued_on, t2.valid_from, $8::date, $9::timestamptz) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t2.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t2.record_id, t2.person_id, t2.kind, t2.number_shown, t2.body->>'certificateIdentifier', $8::date, $9::timestamptz)) then 'TRANSFERRED_OUT'
  when t2.reported_status = 'TRANSFERRING_OUT' then t2.reported_status
  when t2.valid_to < $8::date or t2.reported_status = 'LAPSED' then 'EXPIRED'
  when (t2.review_due_on < $8::date and (
    t2.reviewed_on is null or t2.reviewed_on > $8::date or t2.reviewed_on < t2.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t2.valid_from > $8::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'statusReasons', json_build_object('@judgement', 0, '@facts', json_build_object('kind', t2.kind, 'reported', t2.reported_status,
  'owner', (select o.name from tenant o
where o.tenant_id = t2.owner_id), 'validFrom', t2.valid_from,
  'validTo', t2.valid_to, 'reviewDueOn', t2.review_due_on, 'reviewedOn', t2.reviewed_on,
  'isExchanged', (t2.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t2.record_id, t2.person_id, t2.kind, t2.number_shown, t2.body->>'certificateIdentifier', $8::date, $9::timestamptz)), 'actions', (select json_agg(json_build_object('measure', a.measure,
      'authority', o.name, 'decisionNumber', a.decision_number, 'effectiveOn', a.effective_on)
     
order by a.measure, a.effective_on)
    from actions_on(t2.person_id, t2.number_hash, t2.first_issued_on, t2.valid_from, $8::date, $9::timestamptz) a join tenant o on o.tenant_id = a.owner_id
where a.is_clear)))) as j, null::text as p from known_records($8::date, $9::timestamptz) t2 
where t2.family = 'CERTIFICATE' and t2.record_id = t1.record_id
limit 1) t3 on true) page having true) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
