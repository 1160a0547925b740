-- One thread per sanction (一案一件), and the end of it. Guarantees:
--   * a review keeps every report of the sanction it is about; the first came with it, a further one joins it and is announced,
--     by the statement that keeps it, whoever writes it;
--   * the cause of a review is lifted when no report of it stands any more, with the latest day of them, once;
--   * an authority whose report joined reads the review, its thread and outcome, and is told what becomes of it; of the other
--     reports it reads those it may read anyway.

-- What a document number is compared by: one width, no blanks, the year in 〔 〕 whichever brackets were typed. None where it
-- names no document of a year, so that a filler such as “无” or “1号” makes one case of nothing.
create function document_key(number text) returns text language sql immutable
begin atomic
  select case when folded.number ~ '〔[0-9]{4}〕' and regexp_replace(folded.number, '〔[0-9]{4}〕', '') ~ '[^0-9].*[0-9]'
    then folded.number end
  from (
    select regexp_replace(
      regexp_replace(upper(normalize(number, NFKC)), '[[:space:]]', '', 'g'),
      '[\[(〔【〈《{「『﹝]([0-9]{4})[\])〕】〉》}」』﹞]', '〔\1〕', 'g') as number
  ) folded;
end;

create table review_cause (
  cause_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  review_id uuid not null,
  owner_id int not null references tenant,
  subject text not null,
  event_id uuid not null,
  record_id uuid,
  document text,
  joined_on date not null,
  lifted_on date,
  lifted_as text check (lifted_as in ('LIFTED', 'VOIDED', 'MOVED')),
  unique (review_id, event_id),
  check ((lifted_on is null) = (lifted_as is null))
);
create index review_cause_by_record on review_cause (record_id);
create index review_cause_by_event on review_cause (event_id);
create index review_cause_by_document on review_cause (subject, document) where document is not null;

-- Authorities, other than the first, whose reports joined a review.
alter table review add column joined_ids int[] not null default '{}';
create index review_by_joined on review using gin (joined_ids);
alter table review_step drop constraint review_step_step_check,
  add constraint review_step_step_check check (step in ('OPENED', 'ACCEPTED', 'ASSIGNED', 'HANDED_OVER', 'REMINDED',
    'INFORMATION_REQUESTED', 'INFORMATION_GIVEN', 'EVIDENCE_ATTACHED', 'DECLINED', 'DECIDED', 'CORRECTED', 'WITHDRAWN',
    'CAUSE_LIFTED', 'CAUSE_CHANGED', 'DUE_CHANGED', 'ESCALATED', 'JOINED'));

-- The first cause of each review there is. The owner is held by forced row security too; what is filled in is everybody's.
alter table review no force row level security;
alter table event no force row level security;
insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on, lifted_on, lifted_as)
select w.review_id, w.cause_owner_id, w.subject, w.cause_event_id, w.cause_record_id, document_key(e.payload->>'decisionNumber'),
  w.opened_on, w.cause_lifted_on, case when w.cause_lifted_on is not null then coalesce(w.cause_lifted_as, 'LIFTED') end
from review w
left join event e on e.event_id = w.cause_event_id
order by w.opened_at, w.review_id;
alter table event force row level security;
alter table review force row level security;

alter policy review_read on review using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or superior_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or joined_ids && (select current_setting('app.writes', true)::int[])::int[]
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[]) and not is_sealed
      and exists (select from record c where c.record_id = cause_record_id)));
alter policy review_step_read on review_step using (exists (
  select from review r
  where r.thread_id = review_step.thread_id
    and (r.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.superior_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.joined_ids && (select current_setting('app.writes', true)::int[])::int[])));

alter table review_cause enable row level security;
alter table review_cause force row level security;
create policy review_cause_read on review_cause for select to exchange_app using (
  exists (
    select from review r
    where r.review_id = review_cause.review_id
      and (review_cause.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
        or r.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
        or r.superior_id = any ((select current_setting('app.writes', true)::int[])::int[])
        or exists (select from record c where c.record_id = review_cause.record_id))));
create policy review_cause_hub on review_cause to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on review_cause to exchange_app;
grant select, insert, update on review_cause to exchange_hub;

-- As in 0019; a decision is told as far as the first cause may be seen, or, where that was voided since, as far as it could be
-- seen, and no further than another report of the same sanction that still can.
create or replace function review_event(r review, type text, day date) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null, reach.audience, least(reach.audience, 2),
    case when type = 'review.escalated' then (r).superior_id else (r).cause_owner_id end,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (r).state, 'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on, 'causeLiftedAs', (r).cause_lifted_as, 'causeBand', (r).cause_band,
      'causeChangedOn', (r).cause_changed_on,
      'declineReason', (r).decline_reason, 'handedTo', (r).handed_to)),
    null)::event
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

-- As in 0019 and 0021; a review keeps its cause, one that was handed over all that it had.
create or replace function review_added() returns trigger language plpgsql as $$
begin
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select thread_id, review_id, owner_id, 'OPENED', state, opened_on from changed order by review_id;
  perform append_events(array_agg(review_event(c, 'review.opened', c.opened_on) order by c.review_id))
    from changed c
    where c.handling <> 'FOR_ATTENTION'
    having count(*) > 0;
  insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on, lifted_on, lifted_as)
    select c.review_id, k.owner_id, k.subject, k.event_id, k.record_id, k.document, k.joined_on, k.lifted_on, k.lifted_as
    from changed c
    join review w on w.handed_to = c.review_id
    join review_cause k on k.review_id = w.review_id
    order by k.place;
  insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on)
    select c.review_id, c.cause_owner_id, c.subject, c.cause_event_id, c.cause_record_id, document_key(e.payload->>'decisionNumber'),
      c.opened_on
    from changed c
    left join event e on e.event_id = c.cause_event_id
    order by c.review_id
    on conflict (review_id, event_id) do nothing;
  return null;
end
$$;

-- A further report joins: a step of the thread, seen from now on by the authority it is of, and told to it and to the reviewing
-- one. What a review brought with it is none.
create function review_joined() returns trigger language plpgsql as $$
begin
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

create function is_new_to_thread(j review_cause, w review) returns boolean language sql stable
begin atomic
  select not exists (
    select
    from review o
    join review_cause k on k.review_id = o.review_id
    where o.thread_id = (w).thread_id and o.review_id <> (w).review_id and k.event_id = (j).event_id);
end;

-- What the reviewing authority tells one other alone.
create function review_told(r review, type text, day date, addressee_id int, record_id uuid) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null, 0, 0, addressee_id, (r).credit_code, record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', record_id, 'state', (r).state, 'outcome', (r).outcome, 'causeLiftedOn', (r).cause_lifted_on)),
    null)::event;
end;

create trigger review_joined after insert on review_cause
  referencing new table as changed for each statement execute function review_joined();

-- No report stands any more: the cause of the review is lifted, with the latest day.
create function review_cause_ended() returns trigger language plpgsql as $$
begin
  update review w
    set cause_lifted_on = k.lifted_on, cause_lifted_as = k.lifted_as
    from (
      select distinct on (review_id) review_id, lifted_on, lifted_as
      from review_cause
      where review_id in (select review_id from changed)
      order by review_id, lifted_on desc nulls first, place
    ) k
    where w.review_id = k.review_id and k.lifted_on is not null and w.cause_lifted_on is null;
  return null;
end
$$;
create trigger review_cause_ended after update on review_cause
  referencing new table as changed for each statement execute function review_cause_ended();

-- As in 0019; an authority whose report joined hears what became of the review, once for each change.
create or replace function review_changed() returns trigger language plpgsql as $$
begin
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select c.thread_id, c.review_id, c.owner_id, s.step, c.state, s.day
    from changed c join former f using (review_id) cross join lateral review_changes(f, c) s
    where s.step is not null
    order by c.review_id, s.place;
  perform append_events(array_agg(told.event order by told.review_id, told.place))
    from (
      select c.review_id, s.place, review_event(c, s.type, s.day) as event
      from changed c join former f using (review_id) cross join lateral review_changes(f, c) s
      union all
      select c.review_id, 100, review_told(c, 'review.progressed', s.day, joined.owner_id, null)
      from changed c
      join former f using (review_id)
      cross join unnest(c.joined_ids) as joined (owner_id)
      cross join lateral (
        select max(s.day) as day
        from review_changes(f, c) s
        where s.type in ('review.decided', 'review.corrected', 'review.declined', 'review.handedOver', 'review.causeLifted')
      ) s
      where s.day is not null
    ) told
    having count(*) > 0;
  return null;
end
$$;
