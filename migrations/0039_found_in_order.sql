-- What the rules found, in one order. Guarantees:
--   * a finding that joined a review is kept as one that a policy left out is, in one order with those that opened reviews: so a
--     simulation joins under a draft what then would join;
--   * what is told of a review names the event that caused it and how it has to be handled, as since 0026: from that the scoreboard
--     is counted again.

-- Of a review by its first cause, of what opened none here; and where in it a cause ended.
alter table review_cause add column ended_place bigint;
alter table review_unopened
  add column place bigint not null default nextval('review_cause_place_seq'),
  add column weighed_at timestamptz not null default now(),
  add column is_joined boolean not null default false,
  add column document text,
  add column lifted_on date,
  add column ended_place bigint;
grant usage on sequence review_cause_place_seq to exchange_hub;
grant update on review_unopened to exchange_hub;

-- Those of before have the order of their days, and of a cause its end as its record says it.
alter table review_unopened no force row level security;
alter table event no force row level security;
alter table record no force row level security;
update review_unopened u
set weighed_at = u.weighed_on, document = document_key(e.payload->>'decisionNumber'),
  lifted_on = case when e.record_id is not null and r.record_id is null then u.weighed_on else r.lifted_on end
from event e
left join record r on r.record_id = e.record_id
where e.event_id = u.cause_event_id;
alter table record force row level security;
alter table event force row level security;
alter table review_unopened force row level security;

-- As in 0031, with the two facts of 0026 that it left out.
create or replace function review_event_to(r review, type text, day date, audience int) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null, audience, least(audience, 2),
    case when type = 'review.escalated' then (r).superior_id else (r).cause_owner_id end,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'causeEventId', (r).cause_event_id, 'handling', (r).handling, 'state', (r).state,
      'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on, 'causeLiftedAs', (r).cause_lifted_as, 'causeBand', (r).cause_band,
      'causeChangedOn', (r).cause_changed_on,
      'declineReason', (r).decline_reason, 'handedTo', (r).handed_to)),
    null)::event;
end;
