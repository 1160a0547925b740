-- name: one_at_a_time
-- Steps of one review follow each other. $1 review
select pg_advisory_xact_lock(hashtextextended('review ' || $1::uuid, 0))

-- name: find
-- A review as the caller may see it; what the source added counts in its version. $1 review
select thread_id, owner_id, cause_owner_id, superior_id, state, review_version(review_id, thread_id, owner_id, version) as version, opened_on, outcome,
  decision_reason, legal_basis
from review
where review_id = $1

-- name: accept
-- $1 review, $2 owner, $3 expected version, $4 day, $5 whether it is sealed (none: as it was), $6 why
update review
set state = 'ACCEPTED', version = version + 1, accepted_on = $4, is_sealed = coalesce($5, is_sealed),
  seal_reason = coalesce($6, seal_reason)
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state = 'RECEIVED'
returning review_id

-- name: work
-- Somebody is at it: assigned, or waiting for the source. $1 review, $2 owner, $3 expected version, $4 who, or none
update review
set state = 'IN_REVIEW', version = version + 1, assigned_to = coalesce($4, assigned_to)
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state in ('ACCEPTED', 'IN_REVIEW')
returning review_id

-- name: decline
-- $1 review, $2 owner, $3 expected version, $4 day, $5 reason
update review
set state = 'DECLINED', version = version + 1, ended_on = $4, decline_reason = $5
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')
returning review_id

-- name: decide
-- $1 review, $2 owner, $3 expected version, $4 outcome, $5 reason, $6 legal basis, $7 decided on, $8 decided by,
-- $9 whether it is sealed (none: as it was), $10 why
update review
set state = 'DECIDED', outcome = $4, decision_reason = $5, legal_basis = $6, decided_on = $7, decided_by = $8,
  decided_at = now(), version = version + 1, is_sealed = coalesce($9, is_sealed), seal_reason = coalesce($10, seal_reason)
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')
returning review_id

-- name: correct
-- $1 review, $2 owner, $3 expected version, $4 outcome, $5 reason, $6 legal basis, $7 day
update review
set outcome = $4, decision_reason = $5, legal_basis = $6, corrected_on = $7, version = version + 1
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state = 'DECIDED'
returning review_id

-- name: hand_over
-- Ends a review here; nothing where the other has one of the same cause. In the hub's role, as the next statement is.
-- $1 review, $2 owner, $3 expected version, $4 day, $5 the review that follows, $6 the other authority
update review
set state = 'DECLINED', version = version + 1, ended_on = $4, decline_reason = 'HANDED_OVER', handed_to = $5, handed_to_id = $6
where review_id = $1 and owner_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
  and state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')
  and not exists (
    select from review o where o.owner_id = $6 and o.rule = review.rule and o.cause_key = review.cause_key)
returning review_id

-- name: treatment
-- How a review is treated, and what was found of it. $1 review
select rule, priority, handling, sightings
from review
where review_id = $1

-- name: take_over
-- Opens the review that follows, in the same thread. In the hub's role, as nobody opens a review in another's name.
-- $1 the review that was handed over, $2 day, $3 due day, $4 whether that is estimated, $5 working days it is due in, $6 officer,
-- $7 the term of the other's policy
insert into review (
  review_id, root_id, handed_from_id, owner_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject,
  person_id, credit_code, subject_name, presence_record_id, further_record_ids, priority, handling, reason_zh, reason_en,
  cause_band, cause_changed_on, is_sealed, seal_reason, joined_ids, sightings, opened_on, due_on, is_due_estimated, workdays,
  assigned_to, policy)
select handed_to, thread_id, owner_id, handed_to_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject,
  person_id, credit_code, subject_name, presence_record_id, further_record_ids, priority, handling, reason_zh, reason_en,
  cause_band, cause_changed_on, is_sealed, seal_reason, joined_ids, sightings, $2, $3, $4, $5, $6, $7::jsonb
from review
where review_id = $1

-- name: keep_step
-- Nothing where the review has moved on. $1 step_id, $2 review, $3 expected version, $4 who (tenant), $5 operator, $6 step,
-- $7 day, $8 words, $9 assigned to, $10 reason of declining, $11 outcome, $12 legal basis, $13 former outcome,
-- $14 former reason, $15 former basis, $16 question, $17 answer, $18 request
insert into review_step (
  step_id, thread_id, review_id, owner_id, operator, step, state, taken_on, words, assigned_to, decline_reason, outcome,
  legal_basis, former_outcome, former_reason, former_basis, question, answer, request_id)
select $1, thread_id, review_id, $4, $5, $6, state, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
from review
where review_id = $2 and review_version(review_id, thread_id, owner_id, version) = $3
returning step_id

-- name: find_request
-- What the source was asked in a thread, and whether it answered. $1 thread, $2 request
select s.question, exists (select from review_step a where a.request_id = s.step_id) as is_answered
from review_step s
where s.thread_id = $1 and s.step_id = $2 and s.step = 'INFORMATION_REQUESTED'

-- name: attach
-- $1 step, $2 review, $3 who, $4 name, $5 media type, $6 content,
-- $7 how many files a thread holds at most
insert into review_evidence (step_id, thread_id, review_id, owner_id, name, media_type, sha256, size, content)
select step_id, thread_id, review_id, $3, $4, $5, sha256($6::bytea), length($6::bytea), $6::bytea
from review_step
where step_id = $1 and review_id = $2
  and (select count(*) from review_evidence e where e.thread_id = review_step.thread_id) < $7
returning evidence_id

-- name: raise_escalated
-- Open reviews past their due day: the superior authority sees them from now on. Once per due day. $1 day, $2 at most
with escalated as (
  update review r
  set superior_id = coalesce(superior_of(owner_id), superior_id), escalated_on = $1, escalated_due_on = due_on
  from unnest(array(
    select review_id
    from review
    where state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') and escalated_due_on is distinct from due_on and due_on < $1
    order by due_on, review_id
    limit $2
    for update)) as overdue (review_id)
  where r.review_id = overdue.review_id
  returning r.review_id
)
select count(*)::int from escalated

-- name: place
-- Where the presence concerned is; a review without one is about the reviewing authority's own place. $1 review, $2 owner
select coalesce(p.region, t.region)
from review w
join tenant t on t.tenant_id = w.owner_id
left join record p on p.record_id = w.presence_record_id
where w.review_id = $1 and w.owner_id = $2
