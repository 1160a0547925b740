-- name: dispute_step
-- A step of a dispute and what it is about; the audience is that of the record as it is now. $1 dispute, $2 place
select s.step, s.state, s.disputant_id, s.source_id, s.superior_id, s.recorded_at, d.person_id, d.credit_code,
  coalesce((select r.audience from record r where r.record_id = d.record_id), d.audience) as audience,
  (select p.state from dispute_step p where p.dispute_id = s.dispute_id and p.place = s.place - 1) as previous_state
from dispute_step s
join dispute d using (dispute_id)
where s.dispute_id = $1::text::uuid and s.place = $2

-- name: tell_of_dispute
-- One event for each addressee, all of the source and about the record's subject; the first also for the circle of the audience,
-- if there is one. $1 dispute, $2 place, $3 type, $4 audience, $5 addressees
select append_events(array_agg(row(
    null, s.source_id, $3, case when d.person_id is null then 'E:' || d.credit_code else 'P:' || d.person_id end, null, null,
    $4::smallint, 0, a.tenant_id, case when $4 > 0 then d.credit_code end, d.record_id, null, s.taken_on,
    jsonb_strip_nulls(jsonb_build_object(
      'disputeId', d.dispute_id, 'recordId', d.record_id, 'kind', d.kind, 'creditCode', d.credit_code, 'personId', d.person_id,
      'grounds', d.grounds, 'state', s.state, 'openedOn', d.opened_on, 'dueOn', s.due_on, 'recordVersion', s.record_version)),
    null)::event order by a.place))
from dispute_step s
join dispute d using (dispute_id)
cross join unnest($5::int[]) with ordinality as a (tenant_id, place)
where s.dispute_id = $1::text::uuid and s.place = $2

-- name: past_readers
-- Who read the person lately, in whole months, and who was told of this dispute by an event of its own. $1 dispute, $2 person,
-- $3 since when
select owner_id as reader_id
from person_reader
where person_id = $2 and month >= date_trunc('month', $3::timestamptz)::date
union
select e.addressee_id
from dispute d
join event e on e.record_id = d.record_id
where d.dispute_id = $1::text::uuid and e.type = 'dispute.opened' and e.addressee_id is not null
  and e.payload->>'disputeId' = $1::text
order by reader_id

-- name: tip_step
-- A step of a report, who handed that in, who is competent after it and was before. $1 tip, $2 place
select s.step, s.filer_id, s.competent_id, s.owner_id
from tip_step s
where s.tip_id = $1::text::uuid and s.place = $2

-- name: link_tip
-- Certificates of the number reported, and running posts of their holder at any authority: links of an accepted report.
-- $1 tip, $2 competent authority, $3 day
insert into tip_link (tip_id, owner_id, other_id, record_id, person_id, credit_code, role)
select t.tip_id, $2, found.owner_id, found.record_id, found.person_id, found.credit_code, found.role
from tip t
cross join lateral (
  select r.owner_id, r.record_id, r.person_id, r.credit_code, 'CERTIFICATE' as role
  from record r
  where r.number_hash = t.number_hash and r.family = 'CERTIFICATE'
  union all
  select p.owner_id, p.record_id, p.person_id, p.credit_code, 'POST'
  from record p
  where p.family = 'PRESENCE' and p.kind = 'APPOINTMENT' and (p.valid_to is null or p.valid_to >= $3)
    and p.person_id = any (array(
      select r.person_id from record r where r.number_hash = t.number_hash and r.family = 'CERTIFICATE'
      union
      select t.person_id))
) found
where t.tip_id = $1::text::uuid
on conflict do nothing

-- name: linked
-- Authorities whose records a report bears upon. $1 tip
select distinct other_id
from tip_link
where tip_id = $1::text::uuid
order by other_id

-- name: tell_of_tip
-- One event for each tenant, for it alone. $1 tip, $2 place, $3 type, $4 tenants
select append_events(array_agg(row(
    null, a.tenant_id, $3, 'T:' || t.tip_id, null, null, 0, 0, null, null, null, null, s.taken_on,
    jsonb_strip_nulls(jsonb_build_object(
      'tipId', t.tip_id, 'region', t.region, 'category', t.category, 'state', s.step, 'recordIds', (
        select jsonb_agg(l.record_id order by l.record_id)
        from tip_link l
        where l.tip_id = t.tip_id and l.other_id = a.tenant_id and $3 = 'tip.linked'))),
    null)::event order by a.place))
from tip_step s
join tip t using (tip_id)
cross join unnest($4::int[]) with ordinality as a (tenant_id, place)
where s.tip_id = $1::text::uuid and s.place = $2

-- name: confirm_tip
-- A confirmed report as a cause: one event about the firm, one about each person, of the competent authority for itself.
-- $1 tip, $2 place
select append_events(array_agg(row(
    null, s.competent_id, 'tip.confirmed', about.subject, null, null, 0, 0, null, about.credit_code, null, null, s.taken_on,
    jsonb_strip_nulls(jsonb_build_object(
      'tipId', t.tip_id, 'region', t.region, 'category', t.category, 'creditCode', about.credit_code,
      'personId', about.person_id)),
    null)::event order by about.subject))
from tip_step s
join tip t using (tip_id)
cross join lateral (
  select 'E:' || t.credit_code as subject, t.credit_code, null::uuid as person_id
  where t.credit_code is not null
  union
  select 'P:' || l.person_id, null, l.person_id
  from (
    select t.person_id
    union
    select k.person_id from tip_link k where k.tip_id = t.tip_id) l
  where l.person_id is not null
) about
where s.tip_id = $1::text::uuid and s.place = $2
having count(*) > 0
