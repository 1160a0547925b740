-- What a batch of events costs. Guarantees, as before, those of 0004, 0031 and 0039; and that:
--   * committed events get their positions in one call: the head is locked first, and only what is committed by then is numbered;
--   * of several reviews with the same cause its document is read once.

-- Gives the next positions to committed events in (subject, version) order, moves the head behind them and hints at it to other
-- processes, which also poll; returns it. One process at a time: each statement sees what was committed before the lock was got.
create function number_events(most int) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  head bigint;
  reached bigint;
begin
  select position into head from stream_head for update;
  with batch as (
    select event_id, row_number() over (order by subject, version) as place
    from (
      select event_id, subject, version
      from event
      where position is null
      order by subject, version
      limit most
    ) waiting
  ),
  numbered as (
    update event e
    set position = head + b.place
    from batch b
    where e.event_id = b.event_id and e.event_id = any (array(select event_id from batch))
    returning e.position
  )
  select max(position) into reached from numbered;
  if reached is null then
    return head;
  end if;
  update stream_head set position = reached;
  perform pg_notify('exchange_stream', reached::text);
  return reached;
end
$$;
revoke execute on function number_events(int) from public;
grant execute on function number_events(int) to exchange_hub;

-- As in 0031; the document of a cause is read once, however many reviews have it.
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
  with cause as materialized (
    select e.event_id, document_key(e.payload->>'decisionNumber') as document
    from event e
    where e.event_id = any (array(select distinct cause_event_id from changed))
  )
  insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on)
    select c.review_id, c.cause_owner_id, c.subject, c.cause_event_id, c.cause_record_id, k.document, c.opened_on
    from changed c
    left join cause k on k.event_id = c.cause_event_id
    order by c.review_id
    on conflict (review_id, event_id) do nothing;
  return null;
end
$$;
