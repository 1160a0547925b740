-- What opening reviews costs. Guarantees, as before, those of 0019 and 0024; and that the cost follows the reviews that are
-- opened, never those there are:
--   * one statement opens any number of reviews, with one statement each for their steps, events and causes;
--   * a review is looked for by its key alone, however many there are and whatever was planned when there were few.

-- What is told of a review, to whom `audience` says beside its parties. An expression alone, so that opening a thousand reviews
-- does not run a thousand queries.
create function review_event_to(r review, type text, day date, audience int) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null, audience, least(audience, 2),
    case when type = 'review.escalated' then (r).superior_id else (r).cause_owner_id end,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (r).state, 'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on, 'causeLiftedAs', (r).cause_lifted_as, 'causeBand', (r).cause_band,
      'causeChangedOn', (r).cause_changed_on,
      'declineReason', (r).decline_reason, 'handedTo', (r).handed_to)),
    null)::event;
end;

-- As in 0024.
create or replace function review_event(r review, type text, day date) returns event language sql stable
begin atomic
  select review_event_to(r, type, day, reach.audience)
  from (
    select case
      when type not in ('review.decided', 'review.corrected') or (r).credit_code is null or (r).is_sealed then 0
      else coalesce((
        select least(told.audience, 3)
        from (
          select coalesce(
            (select c.audience from record c where c.record_id = (r).cause_record_id),
            least(
              (select v.audience from record_version v where v.record_id = (r).cause_record_id order by v.version desc limit 1),
              (select max(c.audience) from review_cause k join record c on c.record_id = k.record_id
               where k.review_id = (r).review_id))) as audience
        ) told
        where told.audience >= 2), 0)
      end as audience
  ) reach;
end;

-- As in 0024; what was handed over is in the same thread, and only what was brings causes with it.
create or replace function review_added() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select thread_id, review_id, owner_id, 'OPENED', state, opened_on from changed order by review_id;
  perform append_events(array_agg(review_event_to(c, 'review.opened', c.opened_on, 0) order by c.review_id))
    from changed c
    where c.handling <> 'FOR_ATTENTION'
    having count(*) > 0;
  if exists (select from changed where handed_from_id is not null) then
    insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on, lifted_on, lifted_as)
      select c.review_id, k.owner_id, k.subject, k.event_id, k.record_id, k.document, k.joined_on, k.lifted_on, k.lifted_as
      from changed c
      join review w on w.thread_id = c.thread_id and w.handed_to = c.review_id
      join review_cause k on k.review_id = w.review_id
      where c.handed_from_id is not null
      order by k.place;
  end if;
  insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on)
    select c.review_id, c.cause_owner_id, c.subject, c.cause_event_id, c.cause_record_id, (
        select document_key(e.payload->>'decisionNumber') from event e where e.event_id = c.cause_event_id),
      c.opened_on
    from changed c
    order by c.review_id
    on conflict (review_id, event_id) do nothing;
  return null;
end
$$;

-- As in 0024. The cause a review was opened with is no report that joins it: for that one nothing is looked for.
create or replace function review_joined() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if not exists (
    select
    from changed j
    where j.event_id <> (select w.cause_event_id from review w where w.review_id = j.review_id))
  then
    return null;
  end if;
  update review w
    set joined_ids = w.joined_ids || j.owner_id
    from changed j
    where w.review_id = j.review_id and j.event_id <> w.cause_event_id and j.owner_id <> w.cause_owner_id
      and not j.owner_id = any (w.joined_ids);
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select w.thread_id, w.review_id, w.owner_id, 'JOINED', w.state, j.joined_on
    from changed j
    join review w using (review_id)
    where j.event_id <> w.cause_event_id and is_new_to_thread(j, w)
    order by j.place;
  perform append_events(array_agg(review_told(w, 'review.joined', j.joined_on, j.owner_id, j.record_id) order by j.place))
    from changed j
    join review w using (review_id)
    where j.event_id <> w.cause_event_id and is_new_to_thread(j, w)
    having count(*) > 0;
  return null;
end
$$;

alter function review_stepped() set enable_seqscan = off;
alter function review_changed() set enable_seqscan = off;
alter function review_cause_ended() set enable_seqscan = off;

-- Causes that are no record, such as a silent source, by whom they are about.
create index review_cause_without_record on review_cause (subject) where record_id is null;
