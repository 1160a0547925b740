select (a).j as j
from (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('creditCode', t1.credit_code, 'name', t1.name, 'enterpriseProfiles', t5.j, 'keyStaff', json_build_object('@judgement', 0, '@facts', json_build_object('profile', (select p.body from record p
 
where p.credit_code = t1.credit_code and p.family = 'PROFILE' and p.kind = 'ENTERPRISE_PROFILE' and p.effective_on <= $7::date
 
order by p.effective_on desc, p.recorded_at desc, p.record_id
limit 1), 'posted',
  (select coalesce(json_agg(json_build_object('personId', a.person_id, 'nameMasked', a.name_shown, 'post', a.body->>'post',
  'engagement', a.body->>'engagement', 'held', (select coalesce(json_agg(json_build_object('kind', c.kind,
    'scope', coalesce(c.body->>'personType', c.body->>'managerClass'),
    'isGood', is_good(c, $7::date) and not g.is_gone, 'status', coalesce(
      nullif(certificate_status(c, $7::date), case when g.is_gone then 'VALID' end), 'TRANSFERRED_OUT'))
   
order by g.is_gone, c.valid_to desc, c.record_id), '[]'::json)
  from record c cross join lateral (select is_transferred(c) as is_gone offset 0) g
 
where c.person_id = any (a.ids) and c.family = 'CERTIFICATE'))
order by a.body->>'post', a.name_shown, a.person_id), '[]'::json)
 
from (select distinct on (i.ids, a.body->>'post') a.*, i.ids from record a
    cross join lateral (select person_ids(a.person_id) as ids offset 0) i
   
where a.credit_code = t1.credit_code and a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
  and (a.valid_from is null or a.valid_from <= $7::date) and (a.valid_to is null or a.valid_to >= $7::date)
   
order by i.ids, a.body->>'post', a.recorded_at desc, a.record_id) a))), 'appointments', t9.j, 'certificates', t13.j, 'certificatesByRegion', json_build_object('@judgement', 1, '@facts', (select coalesce(json_agg(json_build_object('region', g.region, 'status', g.status,
    'count', g.count, 'expiring', g.expiring)
order by g.region, g.status), '[]'::json)
 
from (select s.region, s.status, count(*) as count,
      count(*) filter (where s.status = 'VALID' and s.valid_to <= $7::date + 90) as expiring
   
from (select c.region, c.valid_to, certificate_status(c, $7::date) as status from record c
     
where c.credit_code = t1.credit_code and c.family = 'CERTIFICATE') s
    group by s.region, s.status) g)), 'trainings', t15.j, 'grading', t17.j, 'gradingHistory', json_build_object('@judgement', 2, '@facts', (select coalesce(json_agg(json_build_object('authority', o.slug, 'authorityName', o.name,
    'scheme', s.scheme, 'methodVersion', s.method, 'recordId', s.record_id, 'version', s.version,
    'assessedOn', s.effective_on, 'band', s.band, 'score', s.score::float)
   
order by o.slug, s.scheme, s.method, s.effective_on), '[]'::json)
 
from (select distinct on (v.record_id, v.effective_on) v.record_id, v.version, v.effective_on, v.band,
      v.body->>'score' as score, v.body->>'methodVersion' as method, r.body->>'scheme' as scheme, r.owner_id
    from record r join record_history() v on v.record_id = r.record_id
   
where r.credit_code = t1.credit_code and r.family = 'RISK' and r.kind = 'RISK_GRADING'
      and v.effective_on <= $7::date and v.recorded_at <= 'infinity'::timestamptz and v.report_kind not in ('VOID', 'REVERT')
      and not coalesce(v.superseded_from = '-infinity' and v.superseded_at <= 'infinity'::timestamptz, false)
      and not exists (
        select from record_history() c
       
where c.record_id = v.record_id and c.replaces_version = v.version and c.recorded_at <= 'infinity'::timestamptz)
   
order by v.record_id, v.effective_on, v.version desc) s
  join tenant o on o.tenant_id = s.owner_id)), 'flags', t21.j, 'predecessorFlags', t25.j, 'successions', t31.j, 'succeededBy', t35.j, 'permits', t37.j, 'reviews', t41.j, 'majorHazardSources', t43.j, 'inspections', t45.j, 'investigations', t47.j, 'matters', t49.j, 'bids', t51.j, 'sites', t53.j, 'filings', t55.j) as j, nullif(concat_ws(',', t5.p, t9.p, t13.p, t15.p, t17.p, t21.p, t25.p, t31.p, t35.p, t37.p, t41.p, t43.p, t45.p, t47.p, t49.p, t51.p, t53.p, t55.p), '') as p
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
from (select row_number() over (order by t2.recorded_at desc, t2.record_id desc) as n, translate(encode(convert_to(json_build_array(t2.recorded_at, t2.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('industrySection', t2.body->>'industrySection', 'isMetalSmelting', (t2.body->>'isMetalSmelting')::boolean, 'staffCount', (t2.body->>'staffCount')::int, 'owner', t4.j) as j0, nullif(concat_ws(',', t4.p), '') as p
from (select * from record t2
where t2.family = 'PROFILE' and t2.kind = 'ENTERPRISE_PROFILE' and t2.credit_code = t1.credit_code
order by t2.recorded_at desc, t2.record_id desc
limit $6::int + 1) t2
left join lateral (select json_build_object('id', t3.slug) as j, null::text as p from tenant t3 
where t3.tenant_id = t2.owner_id
limit 1) t4 on true) page having true) t5 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t6
where t6.family = 'PRESENCE' and t6.kind = 'APPOINTMENT' and t6.credit_code = t1.credit_code), 'nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $8::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $8::int) as p
from (select row_number() over (order by t6.recorded_at desc, t6.record_id desc) as n, translate(encode(convert_to(json_build_array(t6.recorded_at, t6.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('post', t6.body->>'post', 'holder', json_build_object('nameMasked', t6.name_shown), 'owner', t8.j) as j0, nullif(concat_ws(',', t8.p), '') as p
from (select * from record t6
where t6.family = 'PRESENCE' and t6.kind = 'APPOINTMENT' and t6.credit_code = t1.credit_code
order by t6.recorded_at desc, t6.record_id desc
limit $8::int + 1) t6
left join lateral (select json_build_object('id', t7.slug) as j, null::text as p from tenant t7 
where t7.tenant_id = t6.owner_id
limit 1) t8 on true) page having true) t9 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $9::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $9::int) as p
from (select row_number() over (order by t10.valid_to, t10.record_id) as n, translate(encode(convert_to(json_build_array(t10.valid_to, t10.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t10.kind, 'region', t10.region, 'status', case
  when t10.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t10.reported_status
  else coalesce((select a.measure from actions_on(t10.person_id, t10.number_hash, t10.first_issued_on, t10.valid_from, $7::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t10.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t10.record_id, t10.person_id, t10.kind, t10.number_shown, t10.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t10.reported_status = 'TRANSFERRING_OUT' then t10.reported_status
  when t10.valid_to < $7::date or t10.reported_status = 'LAPSED' then 'EXPIRED'
  when (t10.review_due_on < $7::date and (
    t10.reviewed_on is null or t10.reviewed_on > $7::date or t10.reviewed_on < t10.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t10.valid_from > $7::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'statusReason', case
  when t10.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT')
    then '发证机关报送状态 ' || t10.reported_status
  else coalesce((select concat('处理决定 ', a.decision_number, ' 自 ', a.effective_on, ' 起', case a.measure
    when 'SUSPENDED' then '暂扣' when 'RESCINDED' then '撤销' else '吊销' end) from actions_on(t10.person_id, t10.number_hash, t10.first_issued_on, t10.valid_from, $7::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t10.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t10.record_id, t10.person_id, t10.kind, t10.number_shown, t10.body->>'certificateIdentifier')) then '已办理转入换发新证'
  when t10.reported_status = 'TRANSFERRING_OUT' then '发证机关报送状态 ' || t10.reported_status
  when t10.valid_to < $7::date then '有效期已于 ' || t10.valid_to || ' 届满'
  when t10.reported_status = 'LAPSED' then '发证机关报送失效'
  when (t10.review_due_on < $7::date and (
    t10.reviewed_on is null or t10.reviewed_on > $7::date or t10.reviewed_on < t10.review_due_on - 180)) then '应于 ' || t10.review_due_on || ' 前复审，未见复审记录'
  when t10.valid_from > $7::date then '自 ' || t10.valid_from || ' 起有效'
  else '在有效期内' end) end, 'holder', json_build_object('nameMasked', t10.name_shown), 'owner', t12.j) as j0, nullif(concat_ws(',', t12.p), '') as p
from (select * from record t10
where t10.family = 'CERTIFICATE' and t10.credit_code = t1.credit_code
order by t10.valid_to, t10.record_id
limit $9::int + 1) t10
left join lateral (select json_build_object('id', t11.slug) as j, null::text as p from tenant t11 
where t11.tenant_id = t10.owner_id
limit 1) t12 on true) page having true) t13 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t14
where t14.family = 'TRAINING' and t14.kind = 'TRAINING' and t14.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t14.recorded_at desc, t14.record_id desc) as n, translate(encode(convert_to(json_build_array(t14.recorded_at, t14.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t14
where t14.family = 'TRAINING' and t14.kind = 'TRAINING' and t14.credit_code = t1.credit_code
order by t14.recorded_at desc, t14.record_id desc
limit $10::int + 1) t14 ) page having true) t15 on true
left join lateral (select json_build_object('band', t16.band, 'scheme', t16.body->>'scheme') as j, null::text as p from record t16 
where t16.family = 'RISK' and t16.kind = 'RISK_GRADING' and t16.credit_code = t1.credit_code
order by t16.effective_on desc nulls last, t16.recorded_at desc
limit 1) t17 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $11::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $11::int) as p
from (select row_number() over (order by t18.recorded_at desc, t18.record_id desc) as n, translate(encode(convert_to(json_build_array(t18.recorded_at, t18.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t18.kind, 'category', t18.body->>'category', 'owner', t20.j) as j0, nullif(concat_ws(',', t20.p), '') as p
from (select * from record t18
where t18.family = 'ADVERSE' and t18.credit_code = t1.credit_code and ((t18.lifted_on is null or t18.lifted_on > $7::date) and in_term(t18.body, $7::date))
order by t18.recorded_at desc, t18.record_id desc
limit $11::int + 1) t18
left join lateral (select json_build_object('id', t19.slug) as j, null::text as p from tenant t19 
where t19.tenant_id = t18.owner_id
limit 1) t20 on true) page having true) t21 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $12::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $12::int) as p
from (select row_number() over (order by t22.recorded_at desc, t22.record_id desc) as n, translate(encode(convert_to(json_build_array(t22.recorded_at, t22.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('kind', t22.kind, 'category', t22.body->>'category', 'decisionNumber', t22.decision_number, 'enterprise', t24.j) as j0, nullif(concat_ws(',', t24.p), '') as p
from (select * from record t22
where t22.family = 'ADVERSE' and t22.credit_code = any (array(select code from predecessors_of(t1.credit_code, $7::date) code)) and ((t22.lifted_on is null or t22.lifted_on > $7::date) and in_term(t22.body, $7::date))
order by t22.recorded_at desc, t22.record_id desc
limit $12::int + 1) t22
left join lateral (select json_build_object('creditCode', t23.credit_code, 'name', t23.name) as j, null::text as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = t22.credit_code and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = t22.credit_code and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t23 
where true
limit 1) t24 on true) page having true) t25 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $13::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $13::int) as p
from (select row_number() over (order by t26.recorded_at desc, t26.record_id desc) as n, translate(encode(convert_to(json_build_array(t26.recorded_at, t26.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('successionType', t26.body->>'successionType', 'effectiveOn', t26.effective_on, 'previousName', t26.body->>'previousName', 'predecessor', t30.j) as j0, nullif(concat_ws(',', t30.p), '') as p
from (select * from record t26
where t26.family = 'PROFILE' and t26.kind = 'SUCCESSION' and t26.credit_code = t1.credit_code
order by t26.recorded_at desc, t26.record_id desc
limit $13::int + 1) t26
left join lateral (select json_build_object('flags', t29.j) as j, nullif(concat_ws(',', t29.p), '') as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = (t26.body->>'previousCode') and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = (t26.body->>'previousCode') and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t27
left join lateral (select json_build_object('totalCount', (select count(*) from record t28
where t28.family = 'ADVERSE' and t28.credit_code = t27.credit_code)) as j, null::text as p
from (select row_number() over (order by t28.recorded_at desc, t28.record_id desc) as n, translate(encode(convert_to(json_build_array(t28.recorded_at, t28.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t28
where t28.family = 'ADVERSE' and t28.credit_code = t27.credit_code
order by t28.recorded_at desc, t28.record_id desc
limit $14::int + 1) t28 ) page having true) t29 on true
where true
limit 1) t30 on true) page having true) t31 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $15::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $15::int) as p
from (select row_number() over (order by t32.recorded_at desc, t32.record_id desc) as n, translate(encode(convert_to(json_build_array(t32.recorded_at, t32.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('enterprise', t34.j) as j0, nullif(concat_ws(',', t34.p), '') as p
from (select * from record t32
where t32.family = 'PROFILE' and t32.kind = 'SUCCESSION' and t32.previous_code = t1.credit_code and t32.credit_code <> t1.credit_code
order by t32.recorded_at desc, t32.record_id desc
limit $15::int + 1) t32
left join lateral (select json_build_object('name', t33.name) as j, null::text as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = t32.credit_code and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = t32.credit_code and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t33 
where true
limit 1) t34 on true) page having true) t35 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $16::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t36.recorded_at desc, t36.record_id desc) as n, translate(encode(convert_to(json_build_array(t36.recorded_at, t36.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('trade', t36.body->>'trade', 'validTo', t36.valid_to, 'reportedStatus', t36.reported_status, 'status', case
  when t36.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t36.reported_status
  else coalesce((select a.measure from permit_actions_on(t36.credit_code, t36.number_hash, t36.first_issued_on, t36.valid_from, $7::date) a
   
where a.is_clear
order by a.measure = 'OTHER', a.measure, a.effective_on
limit 1), case
  when (t36.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t36.record_id, t36.person_id, t36.kind, t36.number_shown, t36.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t36.reported_status = 'TRANSFERRING_OUT' then t36.reported_status
  when t36.valid_to < $7::date or t36.reported_status = 'LAPSED' then 'EXPIRED'
  when (t36.review_due_on < $7::date and (
    t36.reviewed_on is null or t36.reviewed_on > $7::date or t36.reviewed_on < t36.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t36.valid_from > $7::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'statusReason', case
  when t36.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT')
    then '发证机关报送状态 ' || t36.reported_status
  else coalesce((select concat('处理决定 ', a.decision_number, ' 自 ', a.effective_on, ' 起', case a.measure
    when 'SUSPENDED' then '暂扣' when 'RESCINDED' then '撤销' when 'OTHER' then '暂扣、撤销或吊销' else '吊销' end) from permit_actions_on(t36.credit_code, t36.number_hash, t36.first_issued_on, t36.valid_from, $7::date) a
   
where a.is_clear
order by a.measure = 'OTHER', a.measure, a.effective_on
limit 1), case
  when (t36.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t36.record_id, t36.person_id, t36.kind, t36.number_shown, t36.body->>'certificateIdentifier')) then '已办理转入换发新证'
  when t36.reported_status = 'TRANSFERRING_OUT' then '发证机关报送状态 ' || t36.reported_status
  when t36.valid_to < $7::date then '有效期已于 ' || t36.valid_to || ' 届满'
  when t36.reported_status = 'LAPSED' then '发证机关报送失效'
  when (t36.review_due_on < $7::date and (
    t36.reviewed_on is null or t36.reviewed_on > $7::date or t36.reviewed_on < t36.review_due_on - 180)) then '应于 ' || t36.review_due_on || ' 前复审，未见复审记录'
  when t36.valid_from > $7::date then '自 ' || t36.valid_from || ' 起有效'
  else '在有效期内' end) end) as j0
from (select * from record t36
where t36.family = 'PERMIT' and t36.kind in ('SAFETY_PRODUCTION_PERMIT', 'ASSESSMENT_INSTITUTION') and t36.credit_code = t1.credit_code
order by t36.recorded_at desc, t36.record_id desc
limit $16::int + 1) t36 ) page having true) t37 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $17::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $17::int) as p
from (select row_number() over (order by t38.due_on, t38.opened_at, t38.review_id) as n, translate(encode(convert_to(json_build_array(t38.due_on, t38.opened_at, t38.review_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('rule', t38.rule, 'state', t38.state, 'authority', t40.j) as j0, nullif(concat_ws(',', t40.p), '') as p
from (select * from review t38
where t38.credit_code = t1.credit_code and t38.handling = $18::text
order by t38.due_on, t38.opened_at, t38.review_id
limit $17::int + 1) t38
left join lateral (select json_build_object('id', t39.slug) as j, null::text as p from tenant t39 
where t39.tenant_id = t38.owner_id
limit 1) t40 on true) page having true) t41 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t42
where t42.family = 'RISK' and t42.kind = 'MAJOR_HAZARD_SOURCE' and t42.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t42.recorded_at desc, t42.record_id desc) as n, translate(encode(convert_to(json_build_array(t42.recorded_at, t42.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t42
where t42.family = 'RISK' and t42.kind = 'MAJOR_HAZARD_SOURCE' and t42.credit_code = t1.credit_code
order by t42.recorded_at desc, t42.record_id desc
limit $19::int + 1) t42 ) page having true) t43 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t44
where t44.family = 'RISK' and t44.kind = 'INSPECTION' and t44.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t44.recorded_at desc, t44.record_id desc) as n, translate(encode(convert_to(json_build_array(t44.recorded_at, t44.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t44
where t44.family = 'RISK' and t44.kind = 'INSPECTION' and t44.credit_code = t1.credit_code
order by t44.recorded_at desc, t44.record_id desc
limit $20::int + 1) t44 ) page having true) t45 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t46
where t46.family = 'INFORMATION' and t46.kind = 'INVESTIGATION' and t46.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t46.recorded_at desc, t46.record_id desc) as n, translate(encode(convert_to(json_build_array(t46.recorded_at, t46.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t46
where t46.family = 'INFORMATION' and t46.kind = 'INVESTIGATION' and t46.credit_code = t1.credit_code
order by t46.recorded_at desc, t46.record_id desc
limit $21::int + 1) t46 ) page having true) t47 on true
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $22::int), '[]'::json)) as j, null::text as p
from (select row_number() over (order by t48.recorded_at desc, t48.record_id desc) as n, translate(encode(convert_to(json_build_array(t48.recorded_at, t48.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('caseNumber', t48.body->>'caseNumber', 'status', t48.reported_status) as j0
from (select * from record t48
where t48.family = 'PRESENCE' and t48.kind = 'PROJECT_APPROVAL' and t48.credit_code = t1.credit_code
order by t48.recorded_at desc, t48.record_id desc
limit $22::int + 1) t48 ) page having true) t49 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t50
where t50.family = 'PRESENCE' and t50.kind = 'BID' and t50.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t50.recorded_at desc, t50.record_id desc) as n, translate(encode(convert_to(json_build_array(t50.recorded_at, t50.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t50
where t50.family = 'PRESENCE' and t50.kind = 'BID' and t50.credit_code = t1.credit_code
order by t50.recorded_at desc, t50.record_id desc
limit $23::int + 1) t50 ) page having true) t51 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t52
where t52.family = 'PRESENCE' and t52.kind = 'SITE' and t52.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t52.recorded_at desc, t52.record_id desc) as n, translate(encode(convert_to(json_build_array(t52.recorded_at, t52.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t52
where t52.family = 'PRESENCE' and t52.kind = 'SITE' and t52.credit_code = t1.credit_code
order by t52.recorded_at desc, t52.record_id desc
limit $24::int + 1) t52 ) page having true) t53 on true
left join lateral (select json_build_object('totalCount', (select count(*) from record t54
where t54.family = 'PRESENCE' and t54.kind = 'FILING' and t54.credit_code = t1.credit_code)) as j, null::text as p
from (select row_number() over (order by t54.recorded_at desc, t54.record_id desc) as n, translate(encode(convert_to(json_build_array(t54.recorded_at, t54.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c
from (select * from record t54
where t54.family = 'PRESENCE' and t54.kind = 'FILING' and t54.credit_code = t1.credit_code
order by t54.recorded_at desc, t54.record_id desc
limit $25::int + 1) t54 ) page having true) t55 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight) asked
