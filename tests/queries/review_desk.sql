select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $5::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $5::int) as p
from (select row_number() over (order by t1.due_on, t1.review_id) as n, translate(encode(convert_to(json_build_array(t1.due_on, t1.review_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('rule', t1.rule, 'priority', t1.priority, 'handling', t1.handling, 'reason', t1.reason_zh, 'reasonEn', t1.reason_en, 'state', t1.state, 'isOverdue', t1.state <> 'DECIDED' and t1.due_on < $6::date, 'isDueEstimated', t1.is_due_estimated, 'flag', t3.j, 'certificate', t5.j, 'matter', t7.j, 'enterprise', t9.j, 'person', t11.j) as j0, nullif(concat_ws(',', t3.p, t5.p, t7.p, t9.p, t11.p), '') as p
from (select * from review t1
where true and t1.state <> 'DECIDED'
order by t1.due_on, t1.review_id
limit $5::int + 1) t1
left join lateral (select json_build_object('category', t2.body->>'category', 'decisionNumber', t2.decision_number) as j, null::text as p from record t2 
where t2.family = 'ADVERSE' and t2.record_id = t1.cause_record_id
limit 1) t3 on true
left join lateral (select json_build_object('status', case
  when t4.reported_status not in ('VALID', 'LAPSED') then t4.reported_status
  when t4.valid_to < $6::date or t4.reported_status = 'LAPSED' then 'EXPIRED'
  when (t4.review_due_on < $6::date and (
    t4.reviewed_on is null or t4.reviewed_on > $6::date or t4.reviewed_on < t4.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t4.valid_from > $6::date then 'NOT_YET_VALID'
  else 'VALID' end, 'validTo', t4.valid_to) as j, null::text as p from record t4 
where t4.family = 'CERTIFICATE' and t4.record_id = t1.cause_record_id
limit 1) t5 on true
left join lateral (select json_build_object('caseNumber', t6.body->>'caseNumber') as j, null::text as p from record t6 
where t6.kind = 'PROJECT_APPROVAL' and t6.record_id = t1.presence_record_id
limit 1) t7 on true
left join lateral (select json_build_object('name', t8.name) as j, null::text as p
from (select credit_code, case when person_id is null then name else employer_name end as name from record
where credit_code = t1.credit_code
order by person_id is not null, (family in ('RISK', 'ADVERSE')) desc, recorded_at desc
limit 1) t8 
where true
limit 1) t9 on true
left join lateral (select json_build_object('nameMasked', t10.name_shown) as j, null::text as p
from (select person_id, name, name_shown, id_shown from record
where person_id = t1.person_id
order by recorded_at desc
limit 1) t10 
where true
limit 1) t11 on true) page having true) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) x
