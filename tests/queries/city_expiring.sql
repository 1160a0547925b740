select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('totalCount', (select count(*) from record t1
where t1.family = 'CERTIFICATE' and t1.city = any ($6::text[]) and t1.valid_to between $8::date and $8::date + $7::int), 'nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $5::int), '[]'::json), 'pageInfo', json_build_object('hasNextPage', count(*) > $5::int, 'hasPreviousPage', false)) as j, string_agg(page.p, ',') filter (where page.n <= $5::int) as p
from (select row_number() over (order by t1.valid_to, t1.record_id) as n, translate(encode(convert_to(json_build_array(t1.valid_to, t1.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('number', t1.number_shown, 'status', case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from actions_on(t1.person_id, t1.number_hash, t1.first_issued_on, t1.valid_from, $8::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $8::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $8::date and (
    t1.reviewed_on is null or t1.reviewed_on > $8::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $8::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'validTo', t1.valid_to, 'holder', json_build_object('nameMasked', t1.name_shown), 'employer', t3.j) as j0, nullif(concat_ws(',', t3.p), '') as p
from (select * from record t1
where t1.family = 'CERTIFICATE' and t1.city = any ($6::text[]) and t1.valid_to between $8::date and $8::date + $7::int
order by t1.valid_to, t1.record_id
limit $5::int + 1) t1
left join lateral (select json_build_object('name', t2.name) as j, null::text as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = t1.credit_code and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = t1.credit_code and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t2 
where true
limit 1) t3 on true) page having true) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
