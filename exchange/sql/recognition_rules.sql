-- name: rules
-- All published rules, every version, as known at a moment; now when null. $1 moment
select r.identifier, r.version, t.region as owner_region, r.valid_from, r.valid_to, r.terms
from recognition_rule r
join tenant t on t.tenant_id = r.owner_id
where $1::timestamptz is null or r.published_at <= $1
order by r.identifier, r.version

-- name: latest
-- The newest version of a rule and whose it is. $1 identifier
select version, owner_id
from recognition_rule
where identifier = $1
order by version desc
limit 1

-- name: publish
-- $1 identifier, $2 version, $3 owner_id, $4 valid_from, $5 valid_to, $6 terms, $7 moment
insert into recognition_rule (identifier, version, owner_id, valid_from, valid_to, terms, published_at)
values ($1, $2, $3, $4, $5, $6::jsonb, $7)
returning version

-- name: fired
-- A rule answered a question: of each version, day, and asker once, so that nobody waits for a counter.
-- $1 identifier, $2 version, $3 day, $4 who asked
insert into recognition_rule_fired (identifier, version, fired_on, owner_id)
values ($1, $2, $3, $4)
on conflict do nothing

-- name: last_fired
-- When rules of one's own last answered a question. $1 owner
select r.identifier, r.version, f.fired_on
from recognition_rule r
cross join lateral (
  select max(fired_on) as fired_on
  from recognition_rule_fired
  where identifier = r.identifier and version = r.version
) f
where r.owner_id = $1

-- name: agreed
-- Of agreements what decisions rest on: every version, and the authorities that share, as known at a moment; now when null.
-- $1 names, $2 moment
select k.agreement_id,
  (
    select coalesce(json_agg(json_build_object(
      'version', v.version, 'since', v.published_on, 'equivalences', v.equivalences, 'contagion', v.contagion,
      'accept_workdays', v.accept_workdays) order by v.version), '[]')::text
    from agreement_version v
    where v.agreement_id = k.agreement_id and ($2::timestamptz is null or v.published_at <= $2)
  ) as versions,
  json_agg(json_build_object(
    'tenant_id', k.tenant_id, 'jurisdiction', t.jurisdiction, 'since', k.joined_on, 'until', k.left_on)
    order by k.tenant_id)::text as members
from (
  select distinct on (agreement_id, tenant_id) agreement_id, tenant_id, participation, joined_on, left_on
  from agreement_membership
  where agreement_id = any ($1::text[]) and ($2::timestamptz is null or recorded_at <= $2)
  order by agreement_id, tenant_id, place desc
) k
join tenant t on t.tenant_id = k.tenant_id
where k.participation = 'FULL' and t.kind = 'AUTHORITY' and t.is_active
group by k.agreement_id
