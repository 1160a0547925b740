-- What a flag or an expiry leads to elsewhere, and on which terms certificates are recognised. Guarantees:
--   * one review per (authority, rule, cause), however often the cause is announced;
--   * a review is seen by the reviewing authority and by the one whose flag or certificate caused it, by nobody else;
--   * a notice of the clock (expired, review lapsed) is raised once per certificate and due day;
--   * a published recognition rule is immutable and readable by everybody; only its owner publishes it.

create table review (
  review_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  cause_owner_id int not null references tenant,
  rule text not null,
  cause_key text not null,
  cause_event_id uuid not null,
  cause_record_id uuid,
  subject text not null,
  person_id uuid,
  credit_code text,
  subject_name text,
  presence_record_id uuid,
  priority text not null check (priority in ('MUST', 'MAY')),
  handling text not null check (handling in ('FOR_FOLLOW_UP', 'FOR_ATTENTION')),
  reason_zh text not null,
  reason_en text not null,
  state text not null default 'RECEIVED' check (state in ('RECEIVED', 'DECIDED')),
  opened_on date not null,
  due_on date not null,
  is_due_estimated boolean not null,
  cause_lifted_on date,
  outcome text check (outcome in ('MAINTAINED', 'STRENGTHENED', 'SUSPENDED', 'REFUSED', 'DISMISSED')),
  decision_reason text,
  legal_basis text,
  decided_on date,
  decided_by text,
  decided_at timestamptz,
  version int not null default 1,
  opened_at timestamptz not null default now(),
  unique (owner_id, rule, cause_key),
  check ((state = 'DECIDED') = (outcome is not null and decision_reason is not null and decided_on is not null))
);
create index review_by_owner on review (owner_id, due_on, review_id);
create index review_by_cause_owner on review (cause_owner_id, due_on, review_id);
create index review_by_cause_record on review (cause_record_id);
create index review_by_credit_code on review (credit_code) where credit_code is not null;
create index review_by_person on review (person_id) where person_id is not null;

-- Every step of a review is an event for its owner and for the authority whose record caused it. The outcome also goes to
-- the firm concerned and to partners (levels 2 and 3), but to no authority that has no part in it.
create function review_event(r review, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null,
    case when type = 'review.decided' and (r).credit_code is not null then 3 else 0 end,
    case when type = 'review.decided' and (r).credit_code is not null then 2 else 0 end, (r).cause_owner_id,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (r).state, 'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on)),
    null)::event;
end;

create function review_added() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(review_event(c, 'review.opened', c.opened_on) order by c.review_id)) from changed c having count(*) > 0;
  return null;
end
$$;

create function review_changed() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(review_event(c, step.type, step.day) order by c.review_id))
    from changed c
    join former f using (review_id)
    cross join lateral (values
      ('review.decided', c.decided_on, c.state = 'DECIDED' and f.state <> 'DECIDED'),
      ('review.causeLifted', c.cause_lifted_on, c.cause_lifted_on is not null and f.cause_lifted_on is null)
    ) as step (type, day, applies)
    where step.applies
    having count(*) > 0;
  return null;
end
$$;

create trigger review_added after insert on review
  referencing new table as changed for each statement execute function review_added();
create trigger review_changed after update on review
  referencing new table as changed old table as former for each statement execute function review_changed();

create table notice (
  record_id uuid not null,
  person_id uuid not null,
  type text not null,
  due_on date not null,
  raised_at timestamptz not null default now(),
  primary key (record_id, person_id, type, due_on)
);

create table recognition_rule (
  identifier text not null check (identifier ~ '^(AR|IR|NR)-[0-9]{6}-[0-9]{4}$'),
  version int not null check (version > 0),
  owner_id int not null references tenant,
  valid_from date not null,
  valid_to date,
  terms jsonb not null,
  published_at timestamptz not null default now(),
  primary key (identifier, version)
);

alter table review enable row level security;
alter table review force row level security;
create policy review_read on review for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_decide on review for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_hub on review to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on review to exchange_app;
grant update (state, outcome, decision_reason, legal_basis, decided_on, decided_by, decided_at, version) on review to exchange_app;
grant select, insert, update on review to exchange_hub;

grant select, insert on notice to exchange_hub;

alter table recognition_rule enable row level security;
alter table recognition_rule force row level security;
create policy recognition_rule_read on recognition_rule for select to exchange_app using (owner_id > 0);
create policy recognition_rule_publish on recognition_rule for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy recognition_rule_hub on recognition_rule to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on recognition_rule to exchange_app, exchange_hub;

-- What the clock announces of a certificate.
create function certificate_event(r public.record, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, 'P:' || (r).person_id, null, null, (r).audience, 0, null, (r).credit_code, (r).record_id, null, day,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (r).record_id, 'kind', (r).kind, 'version', (r).version, 'personId', (r).person_id,
      'creditCode', (r).credit_code, 'region', (r).region, 'reportedStatus', (r).reported_status,
      'validTo', (r).valid_to, 'reviewDueOn', (r).review_due_on)),
    null)::event;
end;
