-- name: queue
-- Confirmations that an event may have changed: of the certificate, the holder under any id, the firms, the source or the rule it
-- speaks of, of issuers the asker is agreed with anew, of kinds with a rule under that agreement, and those just made. $1 after position, $2 up to position, $3 types, $4 day
insert into confirmation_due (confirmation_id, owner_id, cause_type, cause_event_id)
select c.confirmation_id, c.owner_id, e.type, e.event_id
from event e
cross join lateral (
  select c.confirmation_id, c.owner_id
  from confirmation c
  where e.type = 'recognition.confirmed' and c.record_id = e.record_id and c.valid_until >= $4
    and c.confirmation_id = (e.payload->>'confirmationId')::uuid
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where e.type <> 'recognition.confirmed' and c.record_id = e.record_id and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from same_subjects(e.subject) s (id)
  join confirmation c on c.person_id = case when s.id like 'P:%' then substr(s.id, 3)::uuid end
  where c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where c.person_id = (e.payload->>'otherPersonId')::uuid and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where c.credit_code = e.credit_code and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where c.employer_code = e.credit_code and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from record r
  join confirmation c on c.number_hash = r.number_hash
  where r.record_id = e.record_id and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where e.type in ('source.stale', 'source.recovered') and c.issuer_id = e.owner_id and c.kind = e.payload->>'kind'
    and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from jsonb_array_elements_text(case when e.type = 'rule.published' then e.payload->'kinds' end) k (kind)
  join confirmation c on c.kind = k.kind
  where c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from agreement_member m
  join confirmation c on c.issuer_id = m.tenant_id
  where e.type = 'agreement.published' and m.agreement_id = e.payload->>'agreement' and c.owner_id = e.owner_id
    and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from recognition_rule r
  cross join lateral jsonb_array_elements_text(r.terms->'kinds') k (kind)
  join confirmation c on c.kind = k.kind
  where e.type = 'agreement.published' and r.terms->>'agreement' = e.payload->>'agreement' and c.valid_until >= $4
  union all
  select c.confirmation_id, c.owner_id
  from confirmation c
  where e.type = 'agreement.published' and c.owner_id = e.owner_id and c.record_id is null and c.valid_until >= $4
) c
where e.position > $1 and e.position <= $2 and e.type = any ($3::text[])
order by e.position
on conflict (confirmation_id) do nothing

-- name: queue_by_day
-- Confirmations of kinds whose rules began or ended since, of askers and issuers that left or joined an agreement, of kinds with
-- a rule under an agreement somebody left, those found in none of its members before, and of persons of whom something recorded
-- before began or ended: a decision, a post, the 12 months in which a course counts. $1 day reached, $2 day
with member as materialized (
  select m.agreement_id, m.tenant_id, greatest(m.joined_on, a.valid_from) as joined_on, least(m.left_on, a.valid_to) as left_on
  from agreement_member m
  join agreement a using (agreement_id)
)
insert into confirmation_due (confirmation_id, owner_id, cause_type)
select c.confirmation_id, c.owner_id, 'rule.inForce'
from recognition_rule r
cross join lateral jsonb_array_elements_text(r.terms->'kinds') k (kind)
join confirmation c on c.kind = k.kind
where (r.valid_from > $1 and r.valid_from <= $2 or r.valid_to >= $1 and r.valid_to < $2) and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.left'
from member m
join confirmation c on c.issuer_id = m.tenant_id
where m.left_on >= $1 and m.left_on < $2 and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.left'
from member m
join confirmation c on c.owner_id = m.tenant_id
where m.left_on >= $1 and m.left_on < $2 and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.left'
from member m
join recognition_rule r on r.terms->>'agreement' = m.agreement_id
cross join lateral jsonb_array_elements_text(r.terms->'kinds') k (kind)
join confirmation c on c.kind = k.kind
where m.left_on >= $1 and m.left_on < $2 and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.joined'
from member m
join confirmation c on c.issuer_id = m.tenant_id
where m.joined_on > $1 and m.joined_on <= $2 and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.joined'
from member m
join confirmation c on c.owner_id = m.tenant_id
where m.joined_on > $1 and m.joined_on <= $2 and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'agreement.joined'
from member m
join member o using (agreement_id)
join confirmation c on c.owner_id = o.tenant_id
where m.joined_on > $1 and m.joined_on <= $2 and c.record_id is null and c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'record.inForce'
from (
  select person_id
  from record
  where person_id is not null and effective_on > recorded_on and effective_on > $1 and effective_on <= $2
  union
  select person_id
  from record
  where person_id is not null and lifted_on > recorded_on and lifted_on > $1 and lifted_on <= $2
  union
  select person_id
  from record
  where family = 'ACTION' and person_id is not null
    and stated_day(body, 'suspendedTo') >= $1 and stated_day(body, 'suspendedTo') < $2
  union
  select person_id
  from record
  where kind = 'TRAINING' and person_id is not null and valid_to > $1 and valid_to <= $2
) r
join confirmation c on c.person_id = r.person_id
where c.valid_until >= $2
union all
select c.confirmation_id, c.owner_id, 'record.ended'
from (
  select person_id
  from record
  where kind = 'APPOINTMENT' and person_id is not null and valid_to >= $1 and valid_to < $2
  union
  select person_id
  from record
  where kind = 'TRAINING' and person_id is not null and valid_to > ($1 - interval '12 months')::date
    and valid_to <= ($2 - interval '12 months')::date
) r
join confirmation c on c.person_id = r.person_id
where c.valid_until >= $2
on conflict (confirmation_id) do nothing

-- name: lock_day
select day
from confirmation_progress
for update

-- name: move_day
-- $1 day
update confirmation_progress
set day = $1

-- name: take_due
-- The next that wait, with what was last told of each. $1 at most, $2 day
with taken as (
  delete from confirmation_due
  where place in (select place from confirmation_due order by place limit $1)
  returning confirmation_id, place, cause_type, cause_event_id
)
select c.confirmation_id, c.owner_id, c.host_region, c.day, c.employer_code, c.asked, c.number_hash, c.record_id, c.verdict,
  c.reasons, c.rules, c.valid_until, t.cause_type, t.cause_event_id, n.verdict as told_verdict, n.reasons as told_reasons,
  n.rules as told_rules, c.valid_until >= $2 as is_live
from taken t
join confirmation c using (confirmation_id)
left join lateral (
  select verdict, reasons, rules
  from confirmation_change
  where confirmation_id = c.confirmation_id
  order by place desc
  limit 1
) n on true
order by t.place

-- name: note
-- What became of them. $1 confirmations, $2 owners, $3 states, $4 verdicts, $5 json array of arrays of reasons, $6 the same of
-- rules, $7 types of causes, $8 events, $9 day
insert into confirmation_change (confirmation_id, owner_id, state, verdict, reasons, rules, cause_type, cause_event_id, day)
select n.confirmation_id, n.owner_id, n.state, n.verdict,
  array(select jsonb_array_elements_text($5::jsonb->(n.place - 1)::int)),
  array(select jsonb_array_elements_text($6::jsonb->(n.place - 1)::int)), n.cause_type, n.cause_event_id, $9
from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $7::text[], $8::uuid[])
  with ordinality as n (confirmation_id, owner_id, state, verdict, cause_type, cause_event_id, place)
order by n.place

-- name: is_due
select exists (select from confirmation_due)

-- name: keep_failure
-- By the event that was the cause, or by the confirmation where a day was. $1 worker, $2 event_id, $3 confirmation, $4 error
insert into worker_failure (worker, position, event_id, error)
select $1, coalesce(e.position, 0), coalesce($2, $3), $4
from (select $2::uuid as event_id) cause
left join event e using (event_id)
on conflict (worker, position) do update set error = excluded.error, failed_at = now()
