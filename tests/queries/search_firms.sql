select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('totalEstimate', (select count(*)
from (select from record t1
where t1.family = any ($6::text[]) and t1.credit_code = any ((select narrow_enough(array_agg(named.credit_code))
from (select distinct b.credit_code from name_ending n cross join lateral (select credit_code, person_id from name_bearer
where name_id = n.name_id offset 0) b
where n.ending >= ($7::text[])[1] and n.ending < ($7::text[])[2] and b.person_id is null
limit 1001) named)::text[]) and case when t1.person_id is null then 'FIRM' else 'PERSON' end = $8::text and t1.family = any ($9::text[])
limit 10000) counted), 'nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $5::int), '[]'::json), 'pageInfo', json_build_object('hasNextPage', count(*) > $5::int)) as j, string_agg(page.p, ',') filter (where page.n <= $5::int) as p
from (select row_number() over (order by t1.recorded_at desc, t1.record_id desc) as n, translate(encode(convert_to(json_build_array(t1.recorded_at, t1.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t1.kind, 'family', t1.family, 'nameMasked', t1.name_shown, 'creditCode', t1.credit_code, 'region', t1.region, 'status', case when t1.family in ('CERTIFICATE', 'PERMIT') then case when t1.family = 'PERMIT' then case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from permit_actions_on(t1.credit_code, t1.number_hash, t1.first_issued_on, t1.valid_from, $10::date) a
   
where a.is_clear
order by a.measure = 'OTHER', a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $10::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $10::date and (
    t1.reviewed_on is null or t1.reviewed_on > $10::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $10::date then 'NOT_YET_VALID'
  else 'VALID' end) end else case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from actions_on(t1.person_id, t1.number_hash, t1.first_issued_on, t1.valid_from, $10::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $10::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $10::date and (
    t1.reviewed_on is null or t1.reviewed_on > $10::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $10::date then 'NOT_YET_VALID'
  else 'VALID' end) end end when t1.family = 'ADVERSE' then case when ((t1.lifted_on is null or t1.lifted_on > $10::date) and in_term(t1.body, $10::date)) then 'CURRENT' else 'LIFTED' end else t1.reported_status end, 'band', t1.band, 'owner', t3.j, 'riskFlag', t5.j) as j0, nullif(concat_ws(',', t3.p, t5.p), '') as p
from (select * from record t1
where t1.family = any ($6::text[]) and t1.credit_code = any ((select narrow_enough(array_agg(named.credit_code))
from (select distinct b.credit_code from name_ending n cross join lateral (select credit_code, person_id from name_bearer
where name_id = n.name_id offset 0) b
where n.ending >= ($7::text[])[1] and n.ending < ($7::text[])[2] and b.person_id is null
limit 1001) named)::text[]) and case when t1.person_id is null then 'FIRM' else 'PERSON' end = $8::text and t1.family = any ($9::text[])
order by t1.recorded_at desc, t1.record_id desc
limit $5::int + 1) t1
left join lateral (select json_build_object('id', t2.slug) as j, null::text as p from tenant t2 
where t2.tenant_id = t1.owner_id
limit 1) t3 on true
left join lateral (select json_build_object('category', t4.body->>'category') as j, null::text as p from record t4 
where t4.family = 'ADVERSE' and t4.record_id = t1.record_id
limit 1) t5 on true) page having true) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
