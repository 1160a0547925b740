-- Timeliness of authorities. What counts is said by scoreboard_facts (0026).

-- name: figures
-- Of everybody, so in the hub's role: numbers alone. A fact counts for every agreement both parties were in on its day; under
-- none where there is none. $1 first day, $2 last day, $3 today, $4 all days between, $5 since when a decision is reported on each in
-- time, $6 until when a question of each is answered in time; memberships: $7 agreements, $8 tenants, $9 joined on, $10 left on;
-- $11 one authority, or all; $12 authorities, $13 agreements, $14 months told apart
with member as (
  select *
  from unnest($7::text[], $8::int[], $9::date[], $10::date[]) as m (agreement_id, tenant_id, joined_on, left_on)
)
select case when $12::boolean then t.slug end as authority, case when $12::boolean then t.name end as authority_name,
  shared.agreement_id as agreement, case when $14::boolean then to_char(f.day, 'YYYY-MM') end as month,
  f.measure, sum(f.amount)::int as numerator, count(*)::int as denominator
from scoreboard_facts($1, $2, $3, $4, $5, $6) f
join tenant t on t.tenant_id = f.authority_id
left join lateral (
  select distinct m.agreement_id
  from member m
  where $13::boolean and m.tenant_id = f.authority_id and f.day between m.joined_on and m.left_on
    and (f.other_id is null or exists (
      select from member o
      where o.agreement_id = m.agreement_id and o.tenant_id = f.other_id and f.day between o.joined_on and o.left_on))
) shared on true
where t.kind = 'AUTHORITY' and ($11::int is null or f.authority_id = $11::int)
group by 1, 2, 3, 4, 5
order by 1 nulls first, 3 nulls first, 4 nulls first, 5

-- name: cases
-- The facts behind a figure, as far as the caller is a party. All of them are counted, a page of them is given. $1 first day,
-- $2 last day, $3 today, $4 days, $5 decided from, $6 answered by, $7 agreements, $8 tenants, $9 joined, $10 left, $11 authority,
-- $12 caller, $13 measure, $14 agreement, none for any, '' for those under none, $15 whether those in time or those late, $16 after
-- this day and $17 this id, $18 at most
with member as materialized (
  select *
  from unnest($7::text[], $8::int[], $9::date[], $10::date[]) as m (agreement_id, tenant_id, joined_on, left_on)
),
found as materialized (
  select f.*, coalesce(f.step_id, f.review_id, f.record_id) as id
  from scoreboard_facts($1, $2, $3, $4, $5, $6) f
  where f.measure = $13 and f.authority_id = $11::int and $12::int in (f.authority_id, f.other_id)
    and ($15::boolean is null or (f.amount = 1) = $15::boolean)
    and ($14::text is null or ($14::text = '') = not exists (
      select
      from member m
      where ($14::text = '' or m.agreement_id = $14::text) and m.tenant_id = f.authority_id
        and f.day between m.joined_on and m.left_on
        and (f.other_id is null or exists (
          select from member o
          where o.agreement_id = m.agreement_id and o.tenant_id = f.other_id and f.day between o.joined_on and o.left_on))))
)
select (select count(*) from found)::int as denominator, (select coalesce(sum(amount), 0) from found)::int as numerator,
  p.day, p.id, p.amount, p.review_id, p.record_id, p.step_id, o.slug as other, o.name as other_name
from (select) as once
left join lateral (
  select *
  from found
  where $16::date is null or (day, id) > ($16::date, $17::uuid)
  order by day, id
  limit $18::int
) p on true
left join tenant o on o.tenant_id = p.other_id
order by p.day, p.id

-- name: shares
-- What became of the reviews opened between two days, by the type of event that caused them. $1 first day, $2 last day, $3 today,
-- $4 one authority, or all
select e.type, w.handling, count(*)::int as reviews,
  (count(*) filter (where w.is_opened))::int as opened,
  (count(*) filter (where w.state = 'DECIDED' and w.outcome <> 'DISMISSED'))::int as acted,
  (count(*) filter (where not w.is_opened and w.until_day > w.due_on))::int as ignored
from (
  select r.cause_event_id, r.handling, r.state, r.outcome, r.due_on,
    f.review_id is not null or r.accepted_on is not null or r.state in ('DECIDED', 'DECLINED') as is_opened,
    least(case when r.state = 'WITHDRAWN' then r.ended_on end, $3::date) as until_day
  from review r
  left join review_reading f on f.review_id = r.review_id
  where r.opened_on between $1::date and $2::date and ($4::int is null or r.owner_id = $4::int)
) w
join event e on e.event_id = w.cause_event_id
group by 1, 2
order by 1, 2

-- name: note_reading
-- The first reading of a review nobody has touched. $1 review, $2 owner, $3 day
insert into review_reading (review_id, owner_id, cause_owner_id, read_on)
select r.review_id, r.owner_id, r.cause_owner_id, $3
from review r
where r.review_id = $1 and r.owner_id = $2 and r.state = 'RECEIVED'
  and not exists (select from review_reading f where f.review_id = r.review_id)
on conflict do nothing
returning review_id
