-- A record that turns out to be about somebody else, and one person under several ids. Guarantees:
--   * a record that goes to another person or firm, by whichever kind of report, is announced once to all who had it under the
--     former one (record.moved, without a word about the new one), and to those who hear of the new one as if it were new there:
--     a flag raised, an action imposed, a state that is no good;
--   * a firm that a person's record does not name any more as employer is told that it is over for it (record.withdrawn);
--   * a review knows why its cause ended: lifted, voided, or never about its subject;
--   * what any authority did to a permit of a firm counts as what was done to a certificate does;
--   * what a certificate was exchanged for, and what stands in for one that ended, is looked for under every id of its holder.

-- Whom a record is about, as events and reviews name it.
create function subject_of(r public.record) returns text language sql immutable
begin atomic
  select case when (r).person_id is null then 'E:' || (r).credit_code else 'P:' || (r).person_id end;
end;

-- For those who had the former version of a record that went elsewhere. Of an employer that is no longer named only the firm
-- itself: authorities hear of the record as it is now. Whom a narrower audience leaves out is told by narrowed_announcements().
create function moved_announcements(former public.record, changed public.record) returns setof event language sql stable
begin atomic
  select row(
    null, (changed).owner_id, m.type, subject_of(former), null, null, m.audience, m.least_level, null, (former).credit_code,
    (former).record_id, null, (changed).recorded_on,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (former).record_id, 'kind', (former).kind, 'version', (changed).version, 'creditCode', (former).credit_code,
      'personId', (former).person_id, 'decisionNumber', (former).decision_number, 'category', (former).body->>'category')),
    null)::event
  from (values
    ('record.moved', least((former).audience, (changed).audience), 0, subject_of(former) is distinct from subject_of(changed)),
    ('record.withdrawn', 2, 2, subject_of(former) = subject_of(changed) and least((former).audience, (changed).audience) >= 2
      and (former).credit_code is distinct from (changed).credit_code)
  ) as m (type, audience, least_level, applies)
  where m.applies and (changed).report_kind not in ('VOID', 'REVERT');
end;

-- What nobody has heard yet of whom a record is about now.
create function arrival_announcements(r public.record) returns setof text language sql immutable
begin atomic
  select a.type
  from (values
    ('credential.statusChanged', (r).family = 'CERTIFICATE' and (r).reported_status <> 'VALID'),
    ('riskBand.changed', (r).family = 'RISK' and (r).band is not null),
    ('riskFlag.raised', (r).family = 'ADVERSE' and (r).lifted_on is null),
    ('adverseAction.imposed', (r).family = 'ACTION' and (r).lifted_on is null)
  ) as a (type, applies)
  where a.applies and (r).report_kind not in ('VOID', 'REVERT');
end;

-- As in 0008, and what moves is announced on both sides.
create or replace function record_changed() returns trigger language plpgsql as $$
begin
  insert into record_version
    select c.recorded_at, case when c.report_kind in ('VOID', 'REVERT') or c.replaces_version = f.version then '-infinity' else c.starts_on end, f.*
    from former f
    join changed c using (record_id)
    where c.version <> f.version;
  -- One call, so that all subjects of a statement are locked in one order; who is left out by a change is told so.
  perform append_events(array_agg(told.event order by told.record_id, told.place, told.type))
    from (
      select c.record_id, 1 as place, a.type, record_event(c, a.type) as event
      from changed c
      join former f using (record_id)
      cross join lateral (
        select t.type from record_announcements(c) as t (type)
        union
        select t.type from arrival_announcements(c) as t (type) where subject_of(c) is distinct from subject_of(f)
        union
        select t.type from report_announcements(c) as t (type)
      ) a
      where c.version <> f.version
      union all
      select c.record_id, 2, (n).type, n
      from changed c
      join former f using (record_id)
      cross join lateral (
        select m from moved_announcements(f, c) m
        where subject_of(f) is distinct from subject_of(c) or f.credit_code is distinct from c.credit_code
        union all
        select m from narrowed_announcements(f, c) m
      ) as told (n)
      where c.version <> f.version
    ) told
    having count(*) > 0;
  return null;
end
$$;

-- Why the cause of a review ended.
alter table review add column cause_lifted_as text check (cause_lifted_as in ('LIFTED', 'VOIDED', 'MOVED'));

-- Of those that ended before. The owner is held by forced row security too; what is filled in here is everybody's.
alter table record no force row level security;
alter table review no force row level security;
alter table review disable trigger user;
update review w
set cause_lifted_as = case
  when exists (select from record r where r.record_id = w.cause_record_id) then 'LIFTED' else 'VOIDED' end
where cause_lifted_on is not null;
alter table review enable trigger user;
alter table review force row level security;
alter table record force row level security;

-- As in 0006, with why the cause ended.
create or replace function review_event(r review, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null,
    case when type = 'review.decided' and (r).credit_code is not null then 3 else 0 end,
    case when type = 'review.decided' and (r).credit_code is not null then 2 else 0 end, (r).cause_owner_id,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (r).state, 'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on, 'causeLiftedAs', (r).cause_lifted_as, 'causeBand', (r).cause_band,
      'causeChangedOn', (r).cause_changed_on)),
    null)::event;
end;

-- What the clock told of a person the record left is forgotten: should it come back, that is news again.
grant delete on notice to exchange_hub;

-- Every id of a person in one order, so the same for each of them; at once where no verdict speaks of it.
create function person_ids(person uuid) returns uuid[] language sql stable
begin atomic
  select case when exists (select from person_verdict v where v.person_id = person)
      or exists (select from person_verdict v where v.other_person_id = person)
    then array(select id from person_group(person) id order by id) else array[person] end;
end;

-- Every id of several persons.
create function person_ids(persons uuid[]) returns uuid[] language sql stable
begin atomic
  select array_agg(distinct id)
  from unnest(persons) person
  cross join lateral unnest(person_ids(person)) id;
end;

-- As in 0014, whatever id of the holder the successor is recorded under.
create or replace function is_exchanged(id uuid, person uuid, kind text, number text, identifier text) returns boolean
  language sql stable as $$
  select exists (
    select
    from public.record successor
    cross join lateral (
      select told.body->>'previousNumber' as number, told.body->>'previousIdentifier' as identifier
      from (
        select v.version, v.body
        from public.record_version v
        where v.record_id = successor.record_id and not exists (
          select
          from public.record_history() c
          where c.record_id = v.record_id and c.replaces_version = v.version)
        union all
        select successor.version, successor.body
      ) told
      where told.body->>'previousNumber' is not null or told.body->>'previousIdentifier' is not null
      order by told.version desc
      limit 1
    ) former
    where successor.person_id = any (public.person_ids($2)) and successor.family = 'CERTIFICATE' and successor.kind = $3
      and successor.record_id <> $1
      and (former.number = $4 or former.identifier = $5))
$$;

-- As in 0014, whatever id of the holder the other certificate is recorded under. This is the one thing merged ids say for a
-- person: of what ended by itself only, never of what was withdrawn, and not where any authority says they are two. When they
-- are split, what ended is looked at again.
create or replace function is_superseded(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = any (person_ids((r).person_id))
      and other.record_id <> (r).record_id and other.kind = (r).kind and same_work(other.body, (r).body)
      and is_good(other, day) and not is_transferred(other)
      and not exists (
        select
        from person_verdict v
        where v.person_id = least((r).person_id, other.person_id) and v.other_person_id = greatest((r).person_id, other.person_id)
          and v.verdict = 'DIFFERENT' and is_latest(v)));
end;

-- What a decision on a permit did to it.
create function permit_measure(body jsonb) returns text language sql immutable
begin atomic
  select case body->>'category'
    when 'LICENCE_SUSPENDED' then 'SUSPENDED'
    when 'LICENCE_RESCINDED' then 'RESCINDED'
    when 'LICENCE_REVOKED' then 'REVOKED'
    else case when body->>'suspendedTo' is null then 'OTHER' else 'SUSPENDED' end end;
end;

-- As actions_on() of 0014, upon a permit: a flag that names it by its number and its firm, whoever decided it. A decision that
-- does not say whether a qualification was suspended, rescinded or revoked is OTHER, and no permit is good under it.
create function permit_actions_on(firm text, number bytea, first_issued_on date, valid_from date, day date)
  returns table (measure text, owner_id int, effective_on date, decision_number text, is_clear boolean) language sql stable
begin atomic
  select m.measure, a.owner_id, a.effective_on, a.decision_number,
    coalesce((m.measure <> 'SUSPENDED' or (a.body->>'suspendedTo')::date >= $5 or a.body->>'suspendedTo' is null)
      and ($3 is null or $3 <= a.effective_on), true)
  from public.record a
  cross join lateral (select permit_measure(a.body)) m (measure)
  where a.family = 'ADVERSE' and a.kind = 'PERMIT_ACTION' and a.credit_code = $1 and a.number_hash = $2
    and (a.lifted_on is null or a.lifted_on > $5)
    and (a.effective_on is null or a.effective_on <= $5 or m.measure = 'RESCINDED');
end;

-- The same by what was known at a moment: of every day, as an action says itself from when to when it counts.
create function permit_actions_on(
    firm text, number bytea, first_issued_on date, valid_from date, day date, known_at timestamptz)
  returns table (measure text, owner_id int, effective_on date, decision_number text, is_clear boolean) language sql stable as $$
  select m.measure, a.owner_id, a.effective_on, a.decision_number,
    coalesce((m.measure <> 'SUSPENDED' or (a.body->>'suspendedTo')::date >= $5 or a.body->>'suspendedTo' is null)
      and ($3 is null or $3 <= a.effective_on), true)
  from public.known_records('infinity', $6) a
  cross join lateral (select public.permit_measure(a.body)) m (measure)
  where a.family = 'ADVERSE' and a.kind = 'PERMIT_ACTION' and a.credit_code = $1 and a.number_hash = $2
    and (a.lifted_on is null or a.lifted_on > $5)
    and (a.effective_on is null or a.effective_on <= $5 or m.measure = 'RESCINDED')
$$;

-- As in 0014, and of a day before it was rescinded a certificate was none either.
create or replace function actions_on(
    person uuid, number bytea, first_issued_on date, valid_from date, day date, known_at timestamptz)
  returns table (measure text, owner_id int, effective_on date, decision_number text, is_clear boolean) language sql stable as $$
  select a.body->>'measure', a.owner_id, a.effective_on, a.decision_number,
    coalesce((a.body->>'measure' <> 'SUSPENDED' or (a.body->>'suspendedTo')::date >= $5 or a.body->>'suspendedTo' is null)
      and (a.body->>'barredTo' is not null or $3 is null or $3 <= a.effective_on), true)
  from public.known_records('infinity', $6) a
  where a.family = 'ACTION' and a.person_id = $1 and a.number_hash = $2
    and (a.lifted_on is null or a.lifted_on > $5)
    and (a.effective_on is null or a.effective_on <= $5 or a.body->>'measure' = 'RESCINDED')
    and (a.body->>'barredTo' is null or $4 is null or $4 <= (a.body->>'barredTo')::date)
$$;
