-- The life of a review (重点核查的办理): received, accepted, in review, decided, declined or withdrawn. Guarantees:
--   * a review whose cause is lifted or voided before a decision is withdrawn by the same statement, whoever writes it;
--     a decided one is only told;
--   * every step is kept in the thread (办理过程), append-only, and announced by the statement that takes it;
--   * the thread is read by the reviewing authority, by the one whose record caused the review and, once the review is overdue,
--     by the superior authority; the firm concerned sees the review itself, where it may see its cause and the review is not
--     sealed, and nothing of the thread;
--   * a step is taken in one's own name by a party; a review is changed by the authority it is with, and by the hub;
--   * an overdue review is escalated once per due day.

alter table review
  drop constraint review_state_check,
  add constraint review_state_check
    check (state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW', 'DECIDED', 'DECLINED', 'WITHDRAWN')),
  add column accepted_on date,
  add column assigned_to text,
  add column decline_reason text
    check (decline_reason in ('NOT_PRESENT', 'NOT_COMPETENT', 'DUPLICATE', 'WRONG_SUBJECT', 'OTHER', 'HANDED_OVER')),
  add column ended_on date,
  add column corrected_on date,
  add column is_sealed boolean not null default false,
  add column seal_reason text,
  add column root_id uuid,
  add column thread_id uuid generated always as (coalesce(root_id, review_id)) stored,
  add column handed_to uuid,
  add column handed_to_id int references tenant,
  add column handed_from_id int references tenant,
  add column superior_id int references tenant,
  add column escalated_on date,
  add column escalated_due_on date,
  add check ((state in ('DECLINED', 'WITHDRAWN')) = (ended_on is not null)),
  add check ((state = 'DECLINED') = (decline_reason is not null)),
  add check (not is_sealed or seal_reason is not null),
  add check ((decline_reason is not distinct from 'HANDED_OVER') = (handed_to is not null and handed_to_id is not null));
create index review_by_thread on review (thread_id);
create index review_by_superior on review (superior_id, due_on, review_id);
create index review_overdue on review (due_on, review_id)
  where state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') and escalated_due_on is distinct from due_on;

-- `owner_id` is the authority that took the step; `operator` is none where the hub took it by itself.
create table review_step (
  step_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  thread_id uuid not null,
  review_id uuid not null,
  owner_id int not null references tenant,
  operator text,
  step text not null check (step in ('OPENED', 'ACCEPTED', 'ASSIGNED', 'HANDED_OVER', 'REMINDED', 'INFORMATION_REQUESTED',
    'INFORMATION_GIVEN', 'EVIDENCE_ATTACHED', 'DECLINED', 'DECIDED', 'CORRECTED', 'WITHDRAWN', 'CAUSE_LIFTED', 'CAUSE_CHANGED',
    'DUE_CHANGED', 'ESCALATED')),
  state text not null,
  taken_on date not null,
  taken_at timestamptz not null default clock_timestamp(),
  words text,
  assigned_to text,
  decline_reason text,
  outcome text,
  legal_basis text,
  former_outcome text,
  former_reason text,
  former_basis text,
  question text,
  answer text,
  request_id uuid,
  check ((step = 'INFORMATION_REQUESTED') = (question is not null and answer is null)),
  check ((step = 'INFORMATION_GIVEN') = (answer is not null and request_id is not null))
);
create index review_step_by_thread on review_step (thread_id, place);
-- A request is answered once.
create unique index review_step_answered on review_step (request_id) where request_id is not null;

create table review_evidence (
  evidence_id uuid primary key default gen_random_uuid(),
  step_id uuid not null,
  thread_id uuid not null,
  review_id uuid not null,
  owner_id int not null references tenant,
  name text not null,
  media_type text not null,
  sha256 bytea not null check (sha256 = sha256(content)),
  size int not null check (size between 1 and 1048576 and size = length(content)),
  content bytea not null,
  added_at timestamptz not null default clock_timestamp()
);
create index review_evidence_by_step on review_evidence (step_id);
create index review_evidence_by_thread on review_evidence (thread_id);
alter table review_evidence alter column content set storage external;

-- The superior of an authority: the one named, else the nearest of the same sector whose divisions hold all of its own.
create function superior_of(owner int) returns int language sql stable
begin atomic
  select coalesce(t.superior_id, (
    select s.tenant_id
    from tenant s
    where s.kind = 'AUTHORITY' and s.is_active and s.sector = t.sector and s.tenant_id <> t.tenant_id
      and not exists (
        select from unnest(t.jurisdiction) as own
        where not exists (select from unnest(s.jurisdiction) as p where starts_with(own, p) and own <> p))
    order by (select max(length(p)) from unnest(s.jurisdiction) as p) desc, s.tenant_id
    limit 1))
  from tenant t
  where t.tenant_id = owner;
end;

-- Row security. A step is the thread's; whoever reads the review as a party reads them all, before and after a hand-over.
alter policy review_read on review using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or superior_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[]) and not is_sealed
      and exists (select from record c where c.record_id = cause_record_id)));
grant update (accepted_on, assigned_to, decline_reason, ended_on, corrected_on, is_sealed, seal_reason) on review to exchange_app;

alter table review_step enable row level security;
alter table review_step force row level security;
create policy review_step_read on review_step for select to exchange_app using (exists (
  select from review r
  where r.thread_id = review_step.thread_id
    and (r.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.superior_id = any ((select current_setting('app.writes', true)::int[])::int[]))));
create policy review_step_add on review_step for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from review r
    where r.review_id = review_step.review_id and r.thread_id = review_step.thread_id
      and (review_step.owner_id = r.owner_id
        or (review_step.owner_id = r.cause_owner_id and step in ('REMINDED', 'INFORMATION_GIVEN', 'EVIDENCE_ATTACHED'))
        or (review_step.owner_id = r.superior_id and step = 'REMINDED'))));
create policy review_step_hub on review_step to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on review_step to exchange_app, exchange_hub;

alter table review_evidence enable row level security;
alter table review_evidence force row level security;
create policy review_evidence_read on review_evidence for select to exchange_app using (exists (
  select from review r
  where r.thread_id = review_evidence.thread_id
    and (r.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or r.cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))));
create policy review_evidence_add on review_evidence for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from review_step s
    where s.step_id = review_evidence.step_id and s.step = 'EVIDENCE_ATTACHED' and s.owner_id = review_evidence.owner_id
      and s.thread_id = review_evidence.thread_id and s.review_id = review_evidence.review_id));
grant select, insert on review_evidence to exchange_app;

-- As in 0017. The firm concerned and partners hear of an outcome as far as they may hear of its cause, unless it is sealed; a
-- review that is escalated is told to the superior.
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
      else coalesce((select least(c.audience, 3) from record c where c.record_id = (r).cause_record_id and c.audience >= 2), 0)
      end as audience
  ) reach;
end;

-- What a step announces that changes nothing of the review itself: told by who took it to the other party.
create function review_step_event(s review_step, r review, type text) returns event language sql stable
begin atomic
  select row(
    null, (s).owner_id, type, (r).subject, null, null, 0, 0,
    case when (s).owner_id = (r).owner_id then (r).cause_owner_id else (r).owner_id end,
    (r).credit_code, (r).cause_record_id, (r).review_id, (s).taken_on,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (s).state, 'dueOn', (r).due_on, 'stepId', (s).step_id,
      'requestId', (s).request_id, 'question', (s).question, 'answer', (s).answer)),
    null)::event;
end;

create function review_stepped() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(review_step_event(c, r, told.type) order by c.place))
    from changed c
    join review r using (review_id)
    join (values
      ('ASSIGNED', 'review.assigned'), ('REMINDED', 'review.reminded'),
      ('INFORMATION_REQUESTED', 'review.informationRequested'), ('INFORMATION_GIVEN', 'review.informationGiven'),
      ('EVIDENCE_ATTACHED', 'review.evidenceAttached')) as told (step, type) on told.step = c.step
    having count(*) > 0;
  return null;
end
$$;
create trigger review_stepped after insert on review_step
  referencing new table as changed for each statement execute function review_stepped();

create or replace function review_added() returns trigger language plpgsql as $$
begin
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select thread_id, review_id, owner_id, 'OPENED', state, opened_on from changed order by review_id;
  perform append_events(array_agg(review_event(c, 'review.opened', c.opened_on) order by c.review_id)) from changed c having count(*) > 0;
  return null;
end
$$;

-- Before a decision the end of the cause is the end of the review.
create function review_withdrawn() returns trigger language plpgsql as $$
begin
  new.state := 'WITHDRAWN';
  new.ended_on := new.cause_lifted_on;
  new.version := old.version + 1;
  return new;
end
$$;
create trigger review_withdrawn before update on review for each row
  when (new.cause_lifted_on is not null and old.cause_lifted_on is null and new.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW'))
  execute function review_withdrawn();

-- What changed of reviews: its type of event, and the step of the thread where the hub itself took it (else the step comes with
-- the words of who took it).
create function review_changes(f review, c review) returns table (place int, type text, step text, day date) language sql immutable
begin atomic
  select v.place, v.type, v.step, v.day
  from (values
    (1, 'review.accepted', null, (c).accepted_on, (c).state = 'ACCEPTED' and (f).state = 'RECEIVED'),
    (2, 'review.decided', null, (c).decided_on, (c).state = 'DECIDED' and (f).state <> 'DECIDED'),
    (3, 'review.corrected', null, (c).corrected_on, (f).state = 'DECIDED' and (c).state = 'DECIDED' and (c).version > (f).version
      and ((c).outcome, (c).decision_reason, (c).legal_basis)
        is distinct from ((f).outcome, (f).decision_reason, (f).legal_basis)),
    (4, 'review.handedOver', null, (c).ended_on, (c).handed_to is not null and (f).handed_to is null),
    (5, 'review.declined', null, (c).ended_on, (c).state = 'DECLINED' and (f).state <> 'DECLINED' and (c).handed_to is null),
    (6, 'review.causeChanged', 'CAUSE_CHANGED', (c).cause_changed_on, (c).cause_band is distinct from (f).cause_band),
    (7, 'review.causeLifted', case when (c).state <> 'WITHDRAWN' then 'CAUSE_LIFTED' end, (c).cause_lifted_on,
      (c).cause_lifted_on is not null and (f).cause_lifted_on is null),
    (8, 'review.withdrawn', 'WITHDRAWN', (c).ended_on, (c).state = 'WITHDRAWN' and (f).state <> 'WITHDRAWN'),
    (9, 'review.dueChanged', 'DUE_CHANGED', (c).due_changed_on, (c).due_on <> (f).due_on),
    (10, 'review.escalated', 'ESCALATED', (c).escalated_on, (c).escalated_due_on is distinct from (f).escalated_due_on)
  ) as v (place, type, step, day, applies)
  where v.applies;
end;

create or replace function review_changed() returns trigger language plpgsql as $$
begin
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select c.thread_id, c.review_id, c.owner_id, s.step, c.state, s.day
    from changed c join former f using (review_id) cross join lateral review_changes(f, c) s
    where s.step is not null
    order by c.review_id, s.place;
  perform append_events(array_agg(review_event(c, s.type, s.day) order by c.review_id, s.place))
    from changed c join former f using (review_id) cross join lateral review_changes(f, c) s
    having count(*) > 0;
  return null;
end
$$;
