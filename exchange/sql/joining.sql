-- name: threads
-- Reviews of the sanctions that reports are about, as far as they were not declined or withdrawn: those a report joined before, and
-- those of an earlier report of the same document about the same subject that still stands. One that was handed over is found where
-- it went. By the place of each report: $1 subjects, $2 documents, $3 records, $4 events; $5 authorities
with known as (
  select asked.place, k.review_id, k.event_id = asked.event_id as is_known
  from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[]) with ordinality as asked (subject, document, record_id, event_id, place)
  cross join lateral (
    select review_id, event_id
    from review_cause
    where event_id = asked.event_id
    union all
    select review_id, event_id
    from review_cause
    where subject = asked.subject and document = document_key(asked.document) and document is not null
      and record_id <> asked.record_id and lifted_on is null
    union all
    -- of a source: whatever else it does not deliver
    select review_id, event_id
    from review_cause
    where subject = asked.subject and record_id is null and asked.record_id is null and event_id <> asked.event_id
      and lifted_on is null
  ) k
)
select known.place, own.owner_id as opened_at_id, w.review_id, w.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') as is_open,
  bool_or(known.is_known) as is_known, w.priority, w.handling, w.further_record_ids || w.presence_record_id as covered
from known
cross join lateral (
  select owner_id, thread_id
  from review
  where review_id = known.review_id
  limit 1
) own
cross join lateral (
  select review_id, opened_on, state, priority, handling, cause_band, further_record_ids, presence_record_id
  from review
  where thread_id = own.thread_id and handed_to is null
  offset 0
) w
where own.owner_id = any ($5::int[])
  and (known.is_known or w.state not in ('DECLINED', 'WITHDRAWN') and (w.cause_band is null or w.cause_band = 'RED'))
group by known.place, own.owner_id, w.review_id, w.opened_on, w.state, w.priority, w.handling, w.further_record_ids,
  w.presence_record_id
order by known.place, w.opened_on, w.review_id

-- name: join
-- Keeps a report as a further cause of reviews. $1 json array
insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on)
select review_id, owner_id, subject, event_id, record_id, document_key(document), joined_on
from json_to_recordset($1::json) as j (
  review_id uuid, owner_id int, subject text, event_id uuid, record_id uuid, document text, joined_on date)
order by review_id
on conflict (review_id, event_id) do nothing

-- name: extend
-- What is present beside what an open review was opened for. $1 json array
update review w
set further_record_ids = w.further_record_ids || j.further
from json_to_recordset($1::json) as j (review_id uuid, further uuid[])
where w.review_id = j.review_id and cardinality(j.further) > 0
