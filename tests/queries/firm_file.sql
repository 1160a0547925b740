select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('creditCode', t1.credit_code, 'name', t1.name, 'grading', t5.j, 'flags', t13.j, 'matters', t15.j, 'certificates', t17.j) as j, nullif(concat_ws(',', t5.p, t13.p, t15.p, t17.p), '') as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = $5::text and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = $5::text and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t1
left join lateral (select json_build_object('band', t2.band, 'previousBand', t2.previous_band, 'decisionNumber', t2.decision_number, 'assessedOn', t2.effective_on, 'owner', t4.j) as j, nullif(concat_ws(',', t4.p), '') as p from record t2
left join lateral (select json_build_object('id', t3.slug) as j, null::text as p from tenant t3 
where t3.tenant_id = t2.owner_id
limit 1) t4 on true
where t2.family = 'RISK' and t2.kind = 'RISK_GRADING' and t2.credit_code = t1.credit_code
order by t2.effective_on desc nulls last, t2.recorded_at desc
limit 1) t5 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $6::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $6::int) as p
from (select row_number() over (order by t6.recorded_at desc, t6.record_id desc) as n, translate(encode(convert_to(json_build_array(t6.recorded_at, t6.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('category', t6.body->>'category', 'severity', t6.band, 'isCurrent', ((t6.lifted_on is null or t6.lifted_on > $7::date) and in_term(t6.body, $7::date)), 'reviews', t12.j) as j0, nullif(concat_ws(',', t12.p), '') as p
from (select * from record t6
where t6.family = 'ADVERSE' and t6.credit_code = t1.credit_code and ((t6.lifted_on is null or t6.lifted_on > $7::date) and in_term(t6.body, $7::date))
order by t6.recorded_at desc, t6.record_id desc
limit $6::int + 1) t6
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $8::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $8::int) as p
from (select row_number() over (order by t7.due_on, t7.opened_at, t7.review_id) as n, translate(encode(convert_to(json_build_array(t7.due_on, t7.opened_at, t7.review_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('rule', t7.rule, 'state', t7.state, 'authority', t9.j, 'causeAuthority', t11.j) as j0, nullif(concat_ws(',', t9.p, t11.p), '') as p
from (select * from review t7
where t7.review_id in (select k.review_id from review_cause k
where k.record_id = t6.record_id)
order by t7.due_on, t7.opened_at, t7.review_id
limit $8::int + 1) t7
left join lateral (select json_build_object('id', t8.slug) as j, null::text as p from tenant t8 
where t8.tenant_id = t7.owner_id
limit 1) t9 on true
left join lateral (select json_build_object('id', t10.slug) as j, null::text as p from tenant t10 
where t10.tenant_id = t7.cause_owner_id
limit 1) t11 on true) page having true) t12 on true) page having true) t13 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $9::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t14.recorded_at desc, t14.record_id desc) as n, translate(encode(convert_to(json_build_array(t14.recorded_at, t14.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('caseNumber', t14.body->>'caseNumber', 'status', t14.reported_status, 'projectName', t14.body->>'projectName') as j0
from (select * from record t14
where t14.family = 'PRESENCE' and t14.kind = 'PROJECT_APPROVAL' and t14.credit_code = t1.credit_code
order by t14.recorded_at desc, t14.record_id desc
limit $9::int + 1) t14 ) page having true) t15 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $10::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t16.valid_to, t16.record_id) as n, translate(encode(convert_to(json_build_array(t16.valid_to, t16.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('operationCode', t16.body->>'operationCode', 'operationName', t16.body->>'operationName', 'reviewDueOn', t16.review_due_on) as j0
from (select * from record t16
where t16.family = 'CERTIFICATE' and t16.credit_code = t1.credit_code and t16.kind = $11::text
order by t16.valid_to, t16.record_id
limit $10::int + 1) t16 ) page having true) t17 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
