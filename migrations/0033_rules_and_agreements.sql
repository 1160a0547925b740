-- Recognition rules are data. Guarantees:
--   * of a rule the version rises and the owner stays, whoever publishes at the same moment;
--   * on which days a rule answered a question is known to its owner alone, and no question waits for another to note it.

create function recognition_rule_rises() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('recognition_rule ' || new.identifier, 0));
  if exists (
    select
    from public.recognition_rule r
    where r.identifier = new.identifier and (r.version >= new.version or r.owner_id <> new.owner_id)
  ) then
    raise unique_violation using message = 'a version of this rule is published already';
  end if;
  return new;
end
$$;
create trigger recognition_rule_rises before insert on recognition_rule
  for each row execute function recognition_rule_rises();

-- The owner of a row is who asked; of it nothing is told.
create table recognition_rule_fired (
  identifier text not null,
  version int not null,
  fired_on date not null,
  owner_id int not null references tenant,
  primary key (identifier, version, fired_on, owner_id)
);
alter table recognition_rule_fired enable row level security;
alter table recognition_rule_fired force row level security;
create policy recognition_rule_fired_read on recognition_rule_fired for select to exchange_app
  using (exists (
    select
    from recognition_rule r
    where r.identifier = recognition_rule_fired.identifier and r.version = recognition_rule_fired.version
      and r.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])));
create policy recognition_rule_fired_add on recognition_rule_fired for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
grant select (identifier, version, fired_on), insert on recognition_rule_fired to exchange_app;
