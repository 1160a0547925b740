with answered as materialized (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null and (select refuse_guessing($13::int, $14::text, $21::int, $22::int)) then (select row(q.j, q.p)::answer
from (select json_build_object('name', t1.name, 'nameMasked', t1.name_shown, 'certificates', t5.j, 'certificateActions', t9.j, 'appointments', t15.j, 'postFindings', json_build_object('@judgement', 0, '@facts', (select coalesce(json_agg(json_build_object('personId', a.person_id, 'nameMasked', a.name_shown, 'post', a.body->>'post',
  'engagement', a.body->>'engagement', 'held', (select coalesce(json_agg(json_build_object('kind', c.kind,
    'scope', coalesce(c.body->>'personType', c.body->>'managerClass'),
    'isGood', is_good(c, $7::date) and not g.is_gone, 'status', coalesce(
      nullif(certificate_status(c, $7::date), case when g.is_gone then 'VALID' end), 'TRANSFERRED_OUT'))
   
order by g.is_gone, c.valid_to desc, c.record_id), '[]'::json)
  from record c cross join lateral (select is_transferred(c) as is_gone offset 0) g
 
where c.person_id = any (a.ids) and c.family = 'CERTIFICATE'), 'creditCode', a.credit_code,
    'firmName', a.employer_name, 'region', a.region, 'appointmentId', a.record_id,
    'profile', (select p.body from record p
 
where p.credit_code = a.credit_code and p.family = 'PROFILE' and p.kind = 'ENTERPRISE_PROFILE' and p.effective_on <= $7::date
 
order by p.effective_on desc, p.recorded_at desc, p.record_id
limit 1))
order by a.credit_code, a.body->>'post'), '[]'::json)
 
from (select distinct on (a.credit_code, a.body->>'post') a.*, t1.ids from record a
   
where a.person_id = any (t1.ids) and a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
  and (a.valid_from is null or a.valid_from <= $7::date) and (a.valid_to is null or a.valid_to >= $7::date)
   
order by a.credit_code, a.body->>'post', a.recorded_at desc, a.record_id) a)), 'trainingHours', json_build_object('@judgement', 1, '@facts', (select coalesce(json_agg(json_build_object('year', y.year, 'trainingType', y.sort,
    'hours', y.hours, 'courses', y.courses)
order by y.year desc, y.sort), '[]'::json)
 
from (select extract(year from c.valid_to)::int as year, c.sort, sum(c.hours)::float as hours, count(*) as courses
   
from (select distinct on (r.body->>'trainingType', r.body->>'provider', r.valid_from)
        r.body->>'trainingType' as sort, (r.body->>'hours')::numeric as hours, r.valid_to from record r
     
where r.person_id = any (t1.ids) and r.family = 'TRAINING' and r.kind = 'TRAINING' and r.valid_to <= $7::date
     
order by r.body->>'trainingType', r.body->>'provider', r.valid_from, r.recorded_at desc, r.record_id) c
    group by 1, 2) y)), 'trainings', t17.j, 'assessmentResults', t19.j, 'reviews', t23.j) as j, nullif(concat_ws(',', t1.person_id, t5.p, t9.p, t15.p, t17.p, t19.p, t23.p), '') as p
from (select person_id, name, name_shown, id_shown, ids
from (select case when exists (select from person_verdict
where person_id = $5::uuid) or exists (select from person_verdict
where other_person_id = $5::uuid) then array(select person_group($5::uuid)) else array[$5::uuid] end as ids offset 0) known, lateral (select person_id, name, name_shown, id_shown from record
where person_id = any (ids)
order by person_id = $5::uuid desc, recorded_at desc
limit 1) latest) t1
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $6::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $6::int) as p
from (select row_number() over (order by t2.valid_to, t2.record_id) as n, translate(encode(convert_to(json_build_array(t2.valid_to, t2.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t2.kind, 'region', t2.region, 'status', case
  when t2.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t2.reported_status
  else coalesce((select a.measure from actions_on(t2.person_id, t2.number_hash, t2.first_issued_on, t2.valid_from, $7::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t2.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t2.record_id, t2.person_id, t2.kind, t2.number_shown, t2.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t2.reported_status = 'TRANSFERRING_OUT' then t2.reported_status
  when t2.valid_to < $7::date or t2.reported_status = 'LAPSED' then 'EXPIRED'
  when (t2.review_due_on < $7::date and (
    t2.reviewed_on is null or t2.reviewed_on > $7::date or t2.reviewed_on < t2.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t2.valid_from > $7::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'statusReason', case
  when t2.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT')
    then '发证机关报送状态 ' || t2.reported_status
  else coalesce((select concat('处理决定 ', a.decision_number, ' 自 ', a.effective_on, ' 起', case a.measure
    when 'SUSPENDED' then '暂扣' when 'RESCINDED' then '撤销' else '吊销' end) from actions_on(t2.person_id, t2.number_hash, t2.first_issued_on, t2.valid_from, $7::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t2.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t2.record_id, t2.person_id, t2.kind, t2.number_shown, t2.body->>'certificateIdentifier')) then '已办理转入换发新证'
  when t2.reported_status = 'TRANSFERRING_OUT' then '发证机关报送状态 ' || t2.reported_status
  when t2.valid_to < $7::date then '有效期已于 ' || t2.valid_to || ' 届满'
  when t2.reported_status = 'LAPSED' then '发证机关报送失效'
  when (t2.review_due_on < $7::date and (
    t2.reviewed_on is null or t2.reviewed_on > $7::date or t2.reviewed_on < t2.review_due_on - 180)) then '应于 ' || t2.review_due_on || ' 前复审，未见复审记录'
  when t2.valid_from > $7::date then '自 ' || t2.valid_from || ' 起有效'
  else '在有效期内' end) end, 'validTo', t2.valid_to, 'owner', t4.j) as j0, nullif(concat_ws(',', t4.p), '') as p
from (select * from record t2
where t2.family = 'CERTIFICATE' and t2.person_id = any (t1.ids)
order by t2.valid_to, t2.record_id
limit $6::int + 1) t2
left join lateral (select json_build_object('id', t3.slug) as j, null::text as p from tenant t3 
where t3.tenant_id = t2.owner_id
limit 1) t4 on true) page having true) t5 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $8::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $8::int) as p
from (select row_number() over (order by t6.recorded_at desc, t6.record_id desc) as n, translate(encode(convert_to(json_build_array(t6.recorded_at, t6.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('certificateType', t6.body->>'certificateType', 'measure', t6.body->>'measure', 'decidedOn', t6.body->>'decidedOn', 'owner', t8.j) as j0, nullif(concat_ws(',', t8.p), '') as p
from (select * from record t6
where t6.family = 'ACTION' and t6.kind = 'CERTIFICATE_ACTION' and t6.person_id = any (t1.ids)
order by t6.recorded_at desc, t6.record_id desc
limit $8::int + 1) t6
left join lateral (select json_build_object('id', t7.slug) as j, null::text as p from tenant t7 
where t7.tenant_id = t6.owner_id
limit 1) t8 on true) page having true) t9 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $9::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $9::int) as p
from (select row_number() over (order by t10.recorded_at desc, t10.record_id desc) as n, translate(encode(convert_to(json_build_array(t10.recorded_at, t10.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('post', t10.body->>'post', 'employer', t12.j, 'owner', t14.j) as j0, nullif(concat_ws(',', t12.p, t14.p), '') as p
from (select * from record t10
where t10.family = 'PRESENCE' and t10.kind = 'APPOINTMENT' and t10.person_id = any (t1.ids)
order by t10.recorded_at desc, t10.record_id desc
limit $9::int + 1) t10
left join lateral (select json_build_object('name', t11.name) as j, null::text as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = t10.credit_code and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = t10.credit_code and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t11 
where true
limit 1) t12 on true
left join lateral (select json_build_object('id', t13.slug) as j, null::text as p from tenant t13 
where t13.tenant_id = t10.owner_id
limit 1) t14 on true) page having true) t15 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t16
where t16.family = 'TRAINING' and t16.kind = 'TRAINING' and t16.person_id = any (t1.ids))) as j, null::text as p
from (select row_number() over (order by t16.recorded_at desc, t16.record_id desc) as n, translate(encode(convert_to(json_build_array(t16.recorded_at, t16.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t16
where t16.family = 'TRAINING' and t16.kind = 'TRAINING' and t16.person_id = any (t1.ids)
order by t16.recorded_at desc, t16.record_id desc
limit $10::int + 1) t16 ) page having true) t17 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $11::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t18.recorded_at desc, t18.record_id desc) as n, translate(encode(convert_to(json_build_array(t18.recorded_at, t18.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('examination', t18.body->>'examination', 'examinationPart', t18.body->>'examinationPart', 'isPassed', (t18.body->>'isPassed')::boolean) as j0
from (select * from record t18
where t18.family = 'TRAINING' and t18.kind = 'ASSESSMENT_RESULT' and t18.person_id = any (t1.ids)
order by t18.recorded_at desc, t18.record_id desc
limit $11::int + 1) t18 ) page having true) t19 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $12::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $12::int) as p
from (select row_number() over (order by t20.due_on, t20.opened_at, t20.review_id) as n, translate(encode(convert_to(json_build_array(t20.due_on, t20.opened_at, t20.review_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('rule', t20.rule, 'state', t20.state, 'authority', t22.j) as j0, nullif(concat_ws(',', t22.p), '') as p
from (select * from review t20
where t20.person_id = any (t1.ids)
order by t20.due_on, t20.opened_at, t20.review_id
limit $12::int + 1) t20
left join lateral (select json_build_object('id', t21.slug) as j, null::text as p from tenant t21 
where t21.tenant_id = t20.owner_id
limit 1) t22 on true) page having true) t23 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight)
 evidence as (insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought) select $13::int, $14::text, $15::text, $16::text, $17::text, $18::text[], coalesce(string_to_array((a).persons, ',')::uuid[], '{}'), $19::text, case when (a).persons is null then $20::uuid end from answered) select (a).j as j from answered
