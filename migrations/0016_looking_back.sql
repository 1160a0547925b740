-- The past is answered by what was known then. Guarantees:
--   * when a source confirmed its records of a kind is kept, append-only: a moment in the past is told the confirmation of then,
--     never a later one;
--   * of a former version it is judged as of a standing one whether it is good and in which state: by the actions and exchanges
--     that were known at that moment;
--   * which managers' certificates may have been exchanged is found without reading those of all others.

-- One row for each import and kind, by its first chunk; of single publications at most one a minute.
create table confirmed_source (
  owner_id int not null references tenant,
  kind text not null,
  confirmed_at timestamptz not null default now(),
  batch_id uuid,
  unique (owner_id, kind, batch_id)
);
create index confirmed_source_by_moment on confirmed_source (owner_id, kind, confirmed_at);

alter table confirmed_source enable row level security;
alter table confirmed_source force row level security;
create policy confirmed_source_read on confirmed_source for select to exchange_app using (owner_id > 0);
create policy confirmed_source_add on confirmed_source for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
-- By which import is its owner's affair.
grant select (owner_id, kind, confirmed_at), insert on confirmed_source to exchange_app;

-- What is known of before: the last confirmation of each. The owner is held by forced row security too.
alter table source_confirmation no force row level security;
alter table confirmed_source no force row level security;
insert into confirmed_source (owner_id, kind, confirmed_at) select owner_id, kind, confirmed_at from source_confirmation;
alter table confirmed_source force row level security;
alter table source_confirmation force row level security;

-- Who holds a manager's certificate that was issued in exchange: few, so that statistics ask is_exchanged() of few.
create index record_by_exchange on record (person_id)
  where kind = 'CONSTRUCTION_SAFETY_MANAGER' and (body->>'previousNumber' is not null or body->>'previousIdentifier' is not null);
create index record_version_by_exchange on record_version (person_id)
  where kind = 'CONSTRUCTION_SAFETY_MANAGER' and (body->>'previousNumber' is not null or body->>'previousIdentifier' is not null);

-- What reported state and dates say on a day, as dated_status() of 0014 of a whole record.
create function dated_status(reported text, valid_from date, valid_to date, review_due_on date, reviewed_on date, day date)
  returns text language sql immutable
begin atomic
  select case
    when reported not in ('VALID', 'LAPSED') then reported
    when valid_to < day or reported = 'LAPSED' then 'EXPIRED'
    when review_due_on < day and (reviewed_on is null or reviewed_on > day or reviewed_on < review_due_on - 180) then 'REVIEW_LAPSED'
    when valid_from > day then 'NOT_YET_VALID'
    else 'VALID' end;
end;

-- As is_exchanged() of 0014, by the certificates and their versions known at a moment.
create function is_exchanged(id uuid, person uuid, kind text, number text, identifier text, day date, known_at timestamptz)
  returns boolean language sql stable as $$
  select exists (
    select
    from public.known_records($6, $7) successor
    cross join lateral (
      select told.body->>'previousNumber' as number, told.body->>'previousIdentifier' as identifier
      from public.record_history() told
      where told.record_id = successor.record_id and told.recorded_at <= $7 and told.starts_on <= $6
        and told.report_kind not in ('VOID', 'REVERT')
        and (told.body->>'previousNumber' is not null or told.body->>'previousIdentifier' is not null)
        and not exists (
          select
          from public.record_history() c
          where c.record_id = told.record_id and c.replaces_version = told.version and c.recorded_at <= $7)
      order by told.version desc
      limit 1
    ) former
    where successor.person_id = $2 and successor.family = 'CERTIFICATE' and successor.kind = $3
      and successor.record_id <> $1
      and (former.number = $4 or former.identifier = $5))
$$;

create function is_transferred(v public.record_version, day date, known_at timestamptz) returns boolean language sql stable as $$
  select public.is_exchanged(
    (v).record_id, (v).person_id, (v).kind, (v).number_shown, (v).body->>'certificateIdentifier', day, known_at)
$$;

-- As is_good() of 0014.
create function is_good(v public.record_version, day date, known_at timestamptz) returns boolean language sql stable as $$
  select public.dated_status(
      coalesce((v).reported_status, 'VALID'), (v).valid_from, (v).valid_to, (v).review_due_on, (v).reviewed_on, day) = 'VALID'
    and (v).valid_to is not null
    and not exists (
      select
      from public.actions_on((v).person_id, (v).number_hash, (v).first_issued_on, (v).valid_from, day, known_at) a
      where a.is_clear)
$$;

-- As certificate_status() of 0014.
create function certificate_status(v public.record_version, day date, known_at timestamptz) returns text language sql stable as $$
  select case
    when (v).reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then (v).reported_status
    else coalesce(
      (select a.measure
      from public.actions_on((v).person_id, (v).number_hash, (v).first_issued_on, (v).valid_from, day, known_at) a
      where a.is_clear
      order by a.measure, a.effective_on
      limit 1),
      case
        when (v).kind = 'CONSTRUCTION_SAFETY_MANAGER' and public.is_transferred(v, day, known_at) then 'TRANSFERRED_OUT'
        else public.dated_status(
          (v).reported_status, (v).valid_from, (v).valid_to, (v).review_due_on, (v).reviewed_on, day) end) end
$$;
