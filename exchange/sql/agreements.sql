-- name: take_turn
-- Publications of one agreement come one after another. $1 agreement
select pg_advisory_xact_lock(hashtextextended('agreement ' || $1::text, 0))

-- name: latest
-- $1 agreement
select coalesce(max(version), 0)
from agreement_version
where agreement_id = $1

-- name: standing
-- Who takes part on a day or later. $1 agreement, $2 day
select t.slug
from agreement_member m
join tenant t using (tenant_id)
where m.agreement_id = $1 and (m.left_on is null or m.left_on >= $2)
order by t.slug

-- name: keep
-- The promises that are read by others. $1 agreement, $2 name, $3 name_en, $4 day, $5 asker_months, $6 accept_workdays, $7 decide_workdays
insert into agreement (agreement_id, name, name_en, valid_from, asker_months, accept_workdays, decide_workdays)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (agreement_id) do update
set name = excluded.name, name_en = excluded.name_en, asker_months = excluded.asker_months,
  accept_workdays = excluded.accept_workdays, decide_workdays = excluded.decide_workdays

-- name: publish
-- $1 agreement, $2 version, $3 terms, $4 who published, $5 day
insert into agreement_version (agreement_id, version, terms, published_by, published_on)
values ($1, $2, $3::jsonb, $4, $5)

-- name: take_part
-- Who has left takes part anew from the day; a state it did not have before is kept for good. $1 agreement, $2 tenant,
-- $3 participation, $4 day, $5 last day
with standing as (
  insert into agreement_member as m (agreement_id, tenant_id, participation, joined_on, left_on)
  values ($1, $2, $3, $4, $5)
  on conflict (agreement_id, tenant_id) do update
  set participation = excluded.participation, left_on = excluded.left_on,
    joined_on = case when m.left_on < $4 then excluded.joined_on else m.joined_on end
  returning agreement_id, tenant_id, participation, joined_on, left_on
)
insert into agreement_membership (agreement_id, tenant_id, participation, joined_on, left_on)
select s.agreement_id, s.tenant_id, s.participation, s.joined_on, s.left_on
from standing s
left join lateral (
  select participation, joined_on, left_on
  from agreement_membership
  where agreement_id = s.agreement_id and tenant_id = s.tenant_id
  order by place desc
  limit 1
) former on true
where (former.participation, former.joined_on, former.left_on) is distinct from (s.participation, s.joined_on, s.left_on)

-- name: tell
-- Every member hears of the version, and who leaves with it. $1 agreement, $2 version, $3 day
select append_events(array_agg(row(
    null, m.tenant_id, 'agreement.published', 'T:' || t.slug || '/agreements', null, null, 0, 0, null, null, null, null, $3::date,
    jsonb_build_object(
      'agreement', $1::text, 'version', $2::int, 'until', m.left_on, 'leaving', (
        select coalesce(jsonb_object_agg(g.slug, o.left_on), '{}')
        from agreement_member o
        join tenant g using (tenant_id)
        where o.agreement_id = $1 and o.left_on >= $3 and g.kind = 'AUTHORITY'
      )),
    null)::event order by m.tenant_id))
from agreement_member m
join tenant t using (tenant_id)
where m.agreement_id = $1 and (m.left_on is null or m.left_on >= $3)
having count(*) > 0

-- name: told
-- Agreements with their latest version and members, of one tenant or all. $1 tenant or null, $2 day
select a.agreement_id, a.name, a.name_en, a.asker_months, a.accept_workdays, a.decide_workdays,
  coalesce(v.version, 0) as version, v.terms, coalesce(v.published_on, a.valid_from) as published_on,
  (
    select coalesce(json_agg(json_build_object(
      'tenant', t.slug, 'name', t.name, 'participation', m.participation, 'since', m.joined_on, 'until', m.left_on)
      order by t.slug), '[]')::text
    from agreement_member m
    join tenant t using (tenant_id)
    where m.agreement_id = a.agreement_id and t.kind = 'AUTHORITY'
  ) as members
from agreement a
left join lateral (
  select version, terms, published_on
  from agreement_version
  where agreement_id = a.agreement_id
  order by version desc
  limit 1
) v on true
where $1::int is null or exists (
  select
  from agreement_member own
  where own.agreement_id = a.agreement_id and own.tenant_id = $1 and (own.left_on is null or own.left_on >= $2))
order by a.agreement_id
