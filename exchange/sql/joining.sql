-- name: threads
-- Reviews of the sanction a report is about, as far as they were not declined or withdrawn: those it joined before, and those of
-- an earlier report of the same document about the same subject that still stands. One that was handed over is found where it
-- went. $1 subject, $2 document, $3 record, $4 event, $5 authorities
with known as (
  select k.review_id, true as is_known
  from review_cause k
  where k.event_id = $4
  union all
  select k.review_id, false
  from review_cause k
  where k.subject = $1 and k.document = document_key($2) and k.document is not null and k.record_id <> $3 and k.lifted_on is null
)
select own.owner_id as opened_at_id, w.review_id, w.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') as is_open,
  bool_or(known.is_known) as is_known, w.priority, w.handling, w.further_record_ids || w.presence_record_id as covered
from known
join review own on own.review_id = known.review_id and own.owner_id = any ($5::int[])
join review w on w.thread_id = own.thread_id and w.handed_to is null
where known.is_known or w.state not in ('DECLINED', 'WITHDRAWN') and (w.cause_band is null or w.cause_band = 'RED')
group by own.owner_id, w.review_id
order by w.opened_on, w.review_id

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
