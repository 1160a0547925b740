-- Counters behind a door, and evidence of look-ups that find nobody. Guarantees:
--   * the only way into the stream is append_events: it runs as exchange_stream, a role without login that owns nothing else.
--     Nobody else reads or moves a subject's counter, or writes an event, a version or a position;
--   * what a caller appends is still checked against its own app.writes; only the hub's own work appends in others' names;
--   * every table that a caller's role may touch, or that knows a person or a firm, has row security, forced;
--   * a look-up of a person by number that finds nobody is evidence as one that finds somebody is: not the number is kept but
--     the keyed hash of it, the id the person has or would have;
--   * whoever has missed too often is not answered, hit or miss, until the oldest miss is old enough: on no process.

do $$
begin
  if not exists (select from pg_roles where rolname = 'exchange_stream') then
    create role exchange_stream nologin noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  end if;
exception when unique_violation or duplicate_object then
  null;  -- another database of the same cluster migrates at this moment
end
$$;

-- An owner that is no superuser must be a member of a role to give it a function.
do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant exchange_stream to %I', current_user);
  end if;
end
$$;

alter table subject enable row level security;
alter table subject force row level security;
create policy subject_count on subject to exchange_stream using (version > 0) with check (version > 0);
revoke all on subject from exchange_app, exchange_hub;
grant select, insert, update on subject to exchange_stream;

-- `role` is what the session works as, also while a function runs with the rights of its owner; nobody can set it to a role
-- that its login is not a member of.
drop policy event_add on event;
create policy event_append on event for insert to exchange_stream with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id > 0 and (select current_setting('role')) = 'exchange_hub'));
revoke insert on event from exchange_app, exchange_hub;
grant insert (owner_id, type, subject, version, audience, least_level, addressee_id, credit_code, record_id, review_id, day,
  payload) on event to exchange_stream;

-- The only way into the stream: gives each event its version within its subject, under the subject's row lock, which is held
-- to commit. Subjects are locked in one order, so two writers never wait for each other in a circle.
create or replace function append_events(pending public.event[]) returns void language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with item as materialized (
    select p.*, row_number() over (partition by p.subject order by p.ordinality) as place
    from unnest(pending) with ordinality as p
  ),
  counted as (
    select subject, count(*) as added
    from item
    group by subject
  ),
  locked as (
    insert into public.subject as s (subject, version)
    select subject, added
    from counted
    order by subject
    on conflict (subject) do update set version = s.version + excluded.version
    returning s.subject, s.version
  )
  insert into public.event (owner_id, type, subject, version, audience, least_level, addressee_id, credit_code, record_id,
    review_id, day, payload)
  select i.owner_id, i.type, i.subject, l.version - c.added + i.place, i.audience, i.least_level, i.addressee_id,
    i.credit_code, i.record_id, i.review_id, i.day, i.payload
  from item i
  join counted c using (subject)
  join locked l using (subject)
  order by i.subject, i.place;
end;

revoke execute on function append_events(public.event[]) from public;
grant execute on function append_events(public.event[]) to exchange_app, exchange_hub;
grant create on schema public to exchange_stream;  -- an owner must have it at the moment it becomes one
alter function append_events(public.event[]) owner to exchange_stream;
revoke create on schema public from exchange_stream;

-- What names persons or events: the hub's own work only, and behind row security like all else.
alter table notice enable row level security;
alter table notice force row level security;
create policy notice_hub on notice to exchange_hub using (person_id is not null) with check (person_id is not null);
alter table worker_failure enable row level security;
alter table worker_failure force row level security;
create policy worker_failure_hub on worker_failure to exchange_hub using (position > 0) with check (position > 0);

-- What nobody uses is not granted: how far the stream has got is the hub's business, an agreement is not rewritten, and a
-- generation of token keys is begun and retired by the owner.
revoke select on stream_head from exchange_app;
revoke update on agreement from exchange_hub;
revoke insert, update on signing_key from exchange_hub;

-- The person who was looked for and not found.
alter table access_record add column sought uuid, add check (sought is null or cardinality(subjects) = 0);
create index access_record_missed on access_record (owner_id, read_at) where sought is not null;

-- True, or the error EX429 with the seconds to wait: against guessing. Asked by the statement that looks a person up, before
-- it looks; hits are refused as well, or the answer would tell them from misses.
create function refuse_guessing(owner int, client text, per_client int, per_tenant int) returns boolean
language plpgsql stable as $$
declare
  again_at timestamptz := greatest(
    (select read_at + interval '15 minutes'
      from access_record
      where owner_id = owner and client_id = client and sought is not null and read_at > now() - interval '15 minutes'
      order by read_at desc
      offset per_client - 1 limit 1),
    (select read_at + interval '1 day'
      from access_record
      where owner_id = owner and sought is not null and read_at > now() - interval '1 day'
      order by read_at desc
      offset per_tenant - 1 limit 1));
begin
  if again_at is not null then
    raise exception 'too many look-ups found nobody'
      using errcode = 'EX429', detail = greatest(ceil(extract(epoch from again_at - now())), 1)::int::text;
  end if;
  return true;
end
$$;
