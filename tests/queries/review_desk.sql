select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('reviews', t13.j) as j, nullif(concat_ws(',', t13.p), '') as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = $5::text and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = $5::text and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t1
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $6::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $6::int) as p
from (select row_number() over (order by t2.due_on, t2.opened_at, t2.review_id) as n, translate(encode(convert_to(json_build_array(t2.due_on, t2.opened_at, t2.review_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('rule', t2.rule, 'priority', t2.priority, 'handling', t2.handling, 'reason', t2.reason_zh, 'reasonEn', t2.reason_en, 'state', t2.state, 'isOverdue', (t2.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') and t2.due_on < $7::date), 'flag', t4.j, 'certificate', t6.j, 'matter', t8.j, 'enterprise', t10.j, 'person', t12.j) as j0, nullif(concat_ws(',', t4.p, t6.p, t8.p, t10.p, t12.p), '') as p
from (select * from review t2
where t2.credit_code = t1.credit_code and t2.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')
order by t2.due_on, t2.opened_at, t2.review_id
limit $6::int + 1) t2
left join lateral (select json_build_object('category', t3.body->>'category', 'decisionNumber', t3.decision_number) as j, null::text as p from record t3 
where t3.family = 'ADVERSE' and t3.record_id = t2.cause_record_id
limit 1) t4 on true
left join lateral (select json_build_object('status', case
  when t5.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t5.reported_status
  else coalesce((select a.measure from actions_on(t5.person_id, t5.number_hash, t5.first_issued_on, t5.valid_from, $7::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t5.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t5.record_id, t5.person_id, t5.kind, t5.number_shown, t5.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t5.reported_status = 'TRANSFERRING_OUT' then t5.reported_status
  when t5.valid_to < $7::date or t5.reported_status = 'LAPSED' then 'EXPIRED'
  when (t5.review_due_on < $7::date and (
    t5.reviewed_on is null or t5.reviewed_on > $7::date or t5.reviewed_on < t5.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t5.valid_from > $7::date then 'NOT_YET_VALID'
  else 'VALID' end) end) as j, null::text as p from record t5 
where t5.family = 'CERTIFICATE' and t5.record_id = t2.cause_record_id
limit 1) t6 on true
left join lateral (select json_build_object('caseNumber', t7.body->>'caseNumber') as j, null::text as p from record t7 
where t7.family = 'PRESENCE' and t7.kind = 'PROJECT_APPROVAL' and t7.record_id = t2.presence_record_id
limit 1) t8 on true
left join lateral (select json_build_object('name', t9.name) as j, null::text as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = t2.credit_code and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = t2.credit_code and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t9 
where true
limit 1) t10 on true
left join lateral (select json_build_object('nameMasked', t11.name_shown) as j, null::text as p
from (select person_id, name, name_shown, id_shown, ids
from (select case when exists (select from person_verdict
where person_id = t2.person_id) or exists (select from person_verdict
where other_person_id = t2.person_id) then array(select person_group(t2.person_id)) else array[t2.person_id] end as ids offset 0) known, lateral (select person_id, name, name_shown, id_shown from record
where person_id = any (ids)
order by person_id = t2.person_id desc, recorded_at desc
limit 1) latest) t11 
where true
limit 1) t12 on true) page having true) t13 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
