-- Local policies (本地政策): what an authority makes of what the trigger rules find for it. Guarantees:
--   * a published policy is immutable, one of a version, never in force before the day it was published, and read by its owner and
--     the hub alone;
--   * what a rule found and a policy left out is kept beside the reviews that were opened, seen by that authority and the hub alone:
--     a simulation weighs the same again;
--   * what was weighed once under a policy is not weighed again under the next.

create table review_policy (
  owner_id int not null references tenant,
  version int not null check (version > 0),
  valid_from date not null,
  terms jsonb not null check (jsonb_typeof(terms) = 'array'),
  published_by text not null,
  published_on date not null,
  published_at timestamptz not null default now(),
  primary key (owner_id, version),
  check (valid_from >= published_on)
);
alter table review_policy enable row level security;
alter table review_policy force row level security;
create policy review_policy_read on review_policy for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_policy_publish on review_policy for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_policy_hub on review_policy for select to exchange_hub using (owner_id > 0);
grant select, insert on review_policy to exchange_app;
grant select on review_policy to exchange_hub;

-- Of a review what was found and by which term it was treated; none where it was opened before this, or handed over.
alter table review
  add column sightings jsonb,
  add column policy jsonb,
  add column workdays int not null default 5 check (workdays > 0);

create table review_unopened (
  owner_id int not null references tenant,
  rule text not null,
  cause_key text not null,
  cause_event_id uuid not null,
  cause_owner_id int not null references tenant,
  cause_record_id uuid,
  subject text not null,
  credit_code text,
  sightings jsonb not null,
  weighed_on date not null,
  primary key (owner_id, rule, cause_key)
);
create index review_unopened_by_cause on review_unopened (cause_record_id);
create index review_unopened_by_day on review_unopened (owner_id, weighed_on);
create index review_of_owner_by_opening on review (owner_id, opened_on);
alter table review_unopened enable row level security;
alter table review_unopened force row level security;
create policy review_unopened_read on review_unopened for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_unopened_hub on review_unopened to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on review_unopened to exchange_app;
grant select, insert on review_unopened to exchange_hub;
