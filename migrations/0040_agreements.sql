-- Agreements are data. Guarantees:
--   * a published version of an agreement is not changed;
--   * what of it is read elsewhere is written by the hub alone, who takes part is not forgotten.

-- What members promised each other, as it was published; what others read of it stands in `agreement` and `agreement_member`.
create table agreement_version (
  agreement_id text not null references agreement,
  version int not null check (version > 0),
  terms jsonb not null,
  published_by text not null,
  published_on date not null,
  published_at timestamptz not null default now(),
  primary key (agreement_id, version)
);
grant select, insert on agreement_version to exchange_hub;

-- Working days to accept a review and to decide it, where members agreed on them.
alter table agreement
  add column accept_workdays int check (accept_workdays between 1 and 250),
  add column decide_workdays int check (decide_workdays between 1 and 250);
grant update (name, name_en, asker_months, accept_workdays, decide_workdays) on agreement to exchange_hub;
