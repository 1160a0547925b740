select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('name', t1.name, 'grading', t7.j, 'flags', t9.j, 'certificates', t11.j) as j, nullif(concat_ws(',', t7.p, t9.p, t11.p), '') as p
from (select credit_code, name
from ((select credit_code, name from known_records($6::date, $7::timestamptz)
where credit_code = $5::text and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from known_records($6::date, $7::timestamptz)
where credit_code = $5::text and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t1
left join lateral (select json_build_object('band', t2.band, 'version', t2.version, 'history', t4.j, 'notes', t6.j) as j, nullif(concat_ws(',', t4.p, t6.p), '') as p from known_records($6::date, $7::timestamptz) t2
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $8::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t3.version desc) as n, translate(encode(convert_to(json_build_array(t3.version)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('version', t3.version, 'reportKind', t3.report_kind, 'band', t3.band, 'holdsFrom', nullif(t3.starts_on, '-infinity'), 'changedFields', changed_fields(t3, $9::jsonb)) as j0
from (select * from record_history() t3
where t3.record_id = t2.record_id and t3.recorded_at <= $7::timestamptz
order by t3.version desc
limit $8::int + 1) t3 ) page having true) t4 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record_note t5
where t5.record_id = t2.record_id and t5.recorded_at <= $7::timestamptz)) as j, null::text as p
from (select row_number() over (order by t5.recorded_at desc, t5.note_id desc) as n, translate(encode(convert_to(json_build_array(t5.recorded_at, t5.note_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record_note t5
where t5.record_id = t2.record_id and t5.recorded_at <= $7::timestamptz
order by t5.recorded_at desc, t5.note_id desc
limit $10::int + 1) t5 ) page having true) t6 on true
where t2.family = 'RISK' and t2.kind = 'RISK_GRADING' and t2.credit_code = t1.credit_code
order by t2.effective_on desc nulls last, t2.recorded_at desc
limit 1) t7 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $11::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t8.recorded_at desc, t8.record_id desc) as n, translate(encode(convert_to(json_build_array(t8.recorded_at, t8.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('category', t8.body->>'category', 'isCurrent', ((t8.lifted_on is null or t8.lifted_on > $6::date) and in_term(t8.body, $6::date))) as j0
from (select * from known_records($6::date, $7::timestamptz) t8
where t8.family = 'ADVERSE' and t8.credit_code = t1.credit_code
order by t8.recorded_at desc, t8.record_id desc
limit $11::int + 1) t8 ) page having true) t9 on true
left join lateral (select json_build_object('totalCount', (select count(*) from known_records($6::date, $7::timestamptz) t10
where t10.family = 'CERTIFICATE' and t10.credit_code = t1.credit_code), 'nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $12::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t10.valid_to, t10.record_id) as n, translate(encode(convert_to(json_build_array(t10.valid_to, t10.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('status', case
  when t10.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t10.reported_status
  else coalesce((select a.measure from actions_on(t10.person_id, t10.number_hash, t10.first_issued_on, t10.valid_from, $6::date, $7::timestamptz) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t10.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t10.record_id, t10.person_id, t10.kind, t10.number_shown, t10.body->>'certificateIdentifier', $6::date, $7::timestamptz)) then 'TRANSFERRED_OUT'
  when t10.reported_status = 'TRANSFERRING_OUT' then t10.reported_status
  when t10.valid_to < $6::date or t10.reported_status = 'LAPSED' then 'EXPIRED'
  when (t10.review_due_on < $6::date and (
    t10.reviewed_on is null or t10.reviewed_on > $6::date or t10.reviewed_on < t10.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t10.valid_from > $6::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'validTo', t10.valid_to, 'holder', json_build_object('nameMasked', t10.name_shown)) as j0
from (select * from known_records($6::date, $7::timestamptz) t10
where t10.family = 'CERTIFICATE' and t10.credit_code = t1.credit_code
order by t10.valid_to, t10.record_id
limit $12::int + 1) t10 ) page having true) t11 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
