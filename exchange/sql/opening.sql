-- name: covered
-- What was weighed of causes already, whether a review was opened or joined, or a policy left it out. What other reports added to a
-- review it may still join, so that is found of it too, if it can. $1 record_ids of the causes, $2 their events, $3 whether each may join
with asked as (
  select *
  from unnest($1::uuid[], $2::uuid[], $3::boolean[]) as a (record_id, event_id, may_join)
)
select asked.event_id, w.owner_id, w.rule,
  case when asked.may_join and w.sightings is not null then '{}' else w.further_record_ids end
  || w.presence_record_id || array(select (s->>'presence')::uuid from jsonb_array_elements(w.sightings) as s) as covered
from asked
cross join lateral (
  select review_id
  from review_cause
  where event_id = asked.event_id and record_id is not distinct from asked.record_id
  offset 0
) k
cross join lateral (
  select owner_id, rule, further_record_ids, presence_record_id, sightings
  from review
  where review_id = k.review_id
  limit 1
) w
union all
select asked.event_id, u.owner_id, u.rule, array(select (s->>'presence')::uuid from jsonb_array_elements(u.sightings) as s)
from asked
cross join lateral (
  select owner_id, rule, sightings
  from review_unopened
  where cause_record_id = asked.record_id and cause_event_id = asked.event_id
  offset 0
) u

-- name: open_reviews
-- $1 json array of reviews; one that exists already (same authority, rule and cause) is left as it is.
insert into review (
  owner_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject, person_id, credit_code, subject_name,
  presence_record_id, further_record_ids, path, priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated,
  workdays, assigned_to, policy, sightings)
select owner_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject, person_id, credit_code, subject_name,
  presence_record_id, further_record_ids, path, priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated,
  workdays, assigned_to, policy, sightings
from json_to_recordset($1::json) as d (
  owner_id int, cause_owner_id int, rule text, cause_key text, cause_event_id uuid, cause_record_id uuid, subject text,
  person_id uuid, credit_code text, subject_name text, presence_record_id uuid, further_record_ids uuid[], path jsonb, priority text, handling text,
  reason_zh text, reason_en text, opened_on date, due_on date, is_due_estimated boolean, workdays int, assigned_to text,
  policy jsonb, sightings jsonb)
order by owner_id, rule, cause_key
on conflict (owner_id, rule, cause_key) do nothing

-- name: keep_unopened
-- $1 json array of what rules found and a policy left out, or what joined another review
insert into review_unopened (
  owner_id, rule, cause_key, cause_event_id, cause_owner_id, cause_record_id, subject, credit_code, sightings, weighed_on,
  is_joined, document)
select owner_id, rule, cause_key, cause_event_id, cause_owner_id, cause_record_id, subject, credit_code, sightings, weighed_on,
  is_joined, document_key(document)
from json_to_recordset($1::json) as d (
  owner_id int, rule text, cause_key text, cause_event_id uuid, cause_owner_id int, cause_record_id uuid, subject text,
  credit_code text, sightings jsonb, weighed_on date, is_joined boolean, document text)
order by owner_id, rule, cause_key
on conflict (owner_id, rule, cause_key) do nothing
