with answered as materialized (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null and (select refuse_guessing($7::int, $8::text, $15::int, $16::int)) then (select row(q.j, q.p)::answer
from (select json_build_object('kind', t1.kind, 'number', t1.number_shown, 'status', case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then t1.reported_status
  else coalesce((select a.measure from actions_on(t1.person_id, t1.number_hash, t1.first_issued_on, t1.valid_from, $6::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier')) then 'TRANSFERRED_OUT'
  when t1.reported_status = 'TRANSFERRING_OUT' then t1.reported_status
  when t1.valid_to < $6::date or t1.reported_status = 'LAPSED' then 'EXPIRED'
  when (t1.review_due_on < $6::date and (
    t1.reviewed_on is null or t1.reviewed_on > $6::date or t1.reviewed_on < t1.review_due_on - 180)) then 'REVIEW_LAPSED'
  when t1.valid_from > $6::date then 'NOT_YET_VALID'
  else 'VALID' end) end, 'statusReason', case
  when t1.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT')
    then '发证机关报送状态 ' || t1.reported_status
  else coalesce((select concat('处理决定 ', a.decision_number, ' 自 ', a.effective_on, ' 起', case a.measure
    when 'SUSPENDED' then '暂扣' when 'RESCINDED' then '撤销' else '吊销' end) from actions_on(t1.person_id, t1.number_hash, t1.first_issued_on, t1.valid_from, $6::date) a
   
where a.is_clear
order by a.measure, a.effective_on
limit 1), case
  when (t1.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    t1.record_id, t1.person_id, t1.kind, t1.number_shown, t1.body->>'certificateIdentifier')) then '已办理转入换发新证'
  when t1.reported_status = 'TRANSFERRING_OUT' then '发证机关报送状态 ' || t1.reported_status
  when t1.valid_to < $6::date then '有效期已于 ' || t1.valid_to || ' 届满'
  when t1.reported_status = 'LAPSED' then '发证机关报送失效'
  when (t1.review_due_on < $6::date and (
    t1.reviewed_on is null or t1.reviewed_on > $6::date or t1.reviewed_on < t1.review_due_on - 180)) then '应于 ' || t1.review_due_on || ' 前复审，未见复审记录'
  when t1.valid_from > $6::date then '自 ' || t1.valid_from || ' 起有效'
  else '在有效期内' end) end, 'reportedStatus', t1.reported_status, 'personType', t1.body->>'personType', 'industryCategory', t1.body->>'industryCategory', 'firstIssuedOn', t1.first_issued_on, 'validFrom', t1.valid_from, 'validTo', t1.valid_to, 'region', t1.region, 'version', t1.version, 'holder', json_build_object('nameMasked', t1.name_shown, 'idNumberMasked', t1.id_shown), 'employer', t3.j, 'owner', t5.j) as j, nullif(concat_ws(',', t1.person_id, t3.p, t5.p), '') as p from record t1
left join lateral (select json_build_object('creditCode', t2.credit_code, 'name', t2.name) as j, null::text as p
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
limit 1) t3 on true
left join lateral (select json_build_object('id', t4.slug, 'name', t4.name, 'nameEn', t4.name_en, 'region', t4.region) as j, null::text as p from tenant t4 
where t4.tenant_id = t1.owner_id
limit 1) t5 on true
where t1.family = 'CERTIFICATE' and t1.number_hash = $5::bytea
order by (t1.reported_status = 'VALID'), t1.valid_to desc, t1.record_id
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight)
 evidence as (insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought) select $7::int, $8::text, $9::text, $10::text, $11::text, $12::text[], coalesce(string_to_array((a).persons, ',')::uuid[], '{}'), $13::text, case when (a).persons is null then $14::uuid end from answered) select (a).j as j from answered
