-- What time says of records, of sources, and of a day's work. Guarantees:
--   * a notice is given once per record, holder or firm, type, due day and step, whichever day is run, in whatever order, by how many workers;
--   * of the steps before a due day only the nearest that applies is told, and none once the day has passed;
--   * clock_progress moves only when all that is due by a day was told; what arrives later is found by the positions of its events,
--     which miss nothing (0004);
--   * an entry whose stated term has ended stands no more, whether its authority says so or not, and who was told of it is told;
--   * that a source is silent is told once, and once that it is back;
--   * a review that is for attention only is told in one digest of its authority, one digest a day, and to nobody else.

-- `step` is the days ahead of a reminder, -1 of what has passed. Where there is no holder, as of a permit, it is about a firm.
alter table notice drop constraint notice_pkey;
alter table notice alter person_id drop not null, add column credit_code text,
  add column step smallint not null default -1 check (step >= -1);
create unique index notice_once on notice (record_id, person_id, credit_code, type, due_on, step) nulls not distinct;
drop policy notice_hub on notice;
create policy notice_hub on notice to exchange_hub using (record_id is not null) with check (record_id is not null);

create table clock_progress (
  only_row boolean primary key default true check (only_row),
  day date not null,
  position bigint not null
);
insert into clock_progress (day, position) values ('-infinity', 0);
grant select, update on clock_progress to exchange_hub;

-- A day that a record states in its body, such as 2026-05-31.
create function stated_day(body jsonb, field text) returns date language sql immutable
begin atomic
  select make_date(left(body->>field, 4)::int, substr(body->>field, 6, 2)::int, substr(body->>field, 9, 2)::int);
end;

-- Whether the term of an entry still runs on a day: of one that states no term it does, until the entry is lifted.
create function in_term(body jsonb, day date) returns boolean language sql immutable
begin atomic
  select coalesce(stated_day(body, 'termEndsOn') >= day, true);
end;

create index record_by_permit_end on record (valid_to) where family = 'PERMIT' and valid_to is not null;
create index record_by_reassessment on record (review_due_on) where kind = 'RISK_GRADING' and review_due_on is not null;
-- Of these the open ones are few; row security lets no condition on a body enter an index.
create index record_by_rectification on record (record_id) where kind = 'HIDDEN_DANGER' and lifted_on is null;
create index record_by_term on record (record_id) where kind = 'SERIOUS_DISHONESTY' and lifted_on is null;

-- Whether the holder of a certificate has another for the same work that lasts longer: good on the day, or it will be before
-- this one has ended. Of two that end together both are told of.
create function is_renewed(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = (r).person_id and other.record_id <> (r).record_id
      and other.kind = (r).kind and same_work(other.body, (r).body) and other.valid_to > (r).valid_to
      and coalesce(other.valid_from, day) <= (r).valid_to + 1
      and is_good(other, greatest(day, other.valid_from)) and not is_transferred(other));
end;

-- What the clock announces of a record. Of a term that ended, `liftedOn` is the day from which the entry counts no more.
drop function certificate_event(public.record, text, date);
create function clock_event(r public.record, type text, day date, due_on date, step int) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, case when (r).person_id is null then 'E:' || (r).credit_code else 'P:' || (r).person_id end, null,
    null, (r).audience, 0, null, (r).credit_code, (r).record_id, null, day,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (r).record_id, 'kind', (r).kind, 'version', (r).version, 'personId', (r).person_id,
      'creditCode', (r).credit_code, 'region', (r).region, 'reportedStatus', (r).reported_status, 'band', (r).band,
      'decisionNumber', (r).decision_number, 'category', (r).body->>'category',
      'validTo', (r).valid_to, 'reviewDueOn', (r).review_due_on, 'dueOn', due_on,
      'step', case when step >= 0 then step end, 'daysLeft', case when step >= 0 then due_on - day end,
      'liftedOn', case when type = 'dishonesty.termEnded' then due_on + 1 end)),
    null)::event;
end;

-- Sources that everybody was told are silent, and what they had confirmed last; gone again when that they are back was told.
create table source_silence (
  owner_id int not null references tenant,
  kind text not null,
  confirmed_at timestamptz not null,
  primary key (owner_id, kind)
);
alter table source_silence enable row level security;
alter table source_silence force row level security;
create policy source_silence_hub on source_silence to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert, delete on source_silence to exchange_hub;
create policy source_confirmation_hub on source_confirmation for select to exchange_hub using (owner_id > 0);
grant select on source_confirmation to exchange_hub;

-- About an authority and a kind, for whoever may read of it. The subject of a tenant is T and its name.
create function source_event(owner_id int, slug text, kind text, confirmed_at timestamptz, type text, day date) returns event
  language sql stable
begin atomic
  select row(
    null, owner_id, type, 'T:' || slug, null, null, 3, 0, null, null, null, null, day,
    jsonb_build_object(
      'authority', slug, 'kind', kind, 'confirmedOn', (confirmed_at at time zone 'Asia/Shanghai')::date),
    null)::event;
end;

-- One digest a day: `day` is the day it closes. Which reviews are in it, they say themselves.
create table digest (
  owner_id int not null references tenant,
  day date not null,
  prepared_at timestamptz not null default now(),
  primary key (owner_id, day)
);
alter table digest enable row level security;
alter table digest force row level security;
create policy digest_read on digest for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy digest_hub on digest to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on digest to exchange_app;
grant select, insert on digest to exchange_hub;

alter table review add column digest_on date;
create index review_undigested on review (owner_id, opened_on) where handling = 'FOR_ATTENTION' and digest_on is null;
create index review_by_digest on review (owner_id, digest_on, review_id) where digest_on is not null;

-- That a review for attention only was opened is told by the digest. The rest of the trigger stays as it stands.
do $$
declare
  former text := pg_get_functiondef('review_added()'::regprocedure);
  renewed text := replace(former, 'from changed c having', 'from changed c where c.handling <> ''FOR_ATTENTION'' having');
begin
  if renewed = former then
    raise exception 'review_added() announces in another way';
  end if;
  execute renewed;
end
$$;
