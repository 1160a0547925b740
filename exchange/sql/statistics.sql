-- Counts under the caller's sight. Everywhere: $1 cities (four digits, for the index), $2 places counted (cities of four
-- digits, counties of six), $3 kinds, null for all, $4 day, $5 whether to tell places apart, and by how many digits,
-- 0 for not, $6 industries, $7 months, $8 kinds told apart, $9 rows at most.

-- name: certificates
-- Certificates by state, with what any authority did to them; by the month in which they end. Few are acted upon or exchanged:
-- of these alone, under every id of the holder, it is asked one by one. `offset 0`: the state is computed once, not once a count. $1 cities, $2 places,
-- $3 kinds, $4 day, $5 digits, $6 industries, $7 months, $8 kinds, $9 at most
select case when $5::int > 0 then left(region, $5) end as region,
  case when $6::boolean then body->>'industryCategory' end as industry,
  case when $7::boolean then to_char(valid_to, 'YYYY-MM') end as month,
  case when $8::boolean then kind end as kind,
  count(*)::int as total,
  (count(*) filter (where status = 'VALID'))::int as valid,
  (count(*) filter (where status = 'VALID' and valid_to <= $4::date + 90))::int as expiring,
  (count(*) filter (where status = 'EXPIRED'))::int as expired,
  (count(*) filter (where status = 'REVIEW_LAPSED'))::int as review_lapsed,
  (count(*) filter (where status = 'SUSPENDED'))::int as suspended,
  (count(*) filter (where status in ('REVOKED', 'RESCINDED')))::int as revoked
from (
  select region, body, valid_to, kind, case
      when number_hash in (
        select number_hash
        from record
        where family = 'ACTION' and person_id is not null)
      or person_id in (
        select unnest(person_ids(person_id))
        from record
        where kind = 'CONSTRUCTION_SAFETY_MANAGER'
          and (body->>'previousNumber' is not null or body->>'previousIdentifier' is not null)
        union all
        select unnest(person_ids(person_id))
        from record_version
        where kind = 'CONSTRUCTION_SAFETY_MANAGER'
          and (body->>'previousNumber' is not null or body->>'previousIdentifier' is not null)
      ) then certificate_status(r, $4::date)
      else dated_status(reported_status, valid_from, valid_to, review_due_on, reviewed_on, $4::date) end as status
  from record r
  where family = 'CERTIFICATE' and city = any ($1::text[]) and (city = any ($2::text[]) or region = any ($2::text[]))
    and ($3::text[] is null or kind = any ($3::text[]))
  offset 0
) counted
group by 1, 2, 3, 4
order by 1 nulls first, 2 nulls first, 3 nulls first, 4 nulls first
limit $9::int

-- name: posts
-- Appointments on the day whose post needs a certificate at that firm, each once however many authorities state it and under
-- whatever id of the person, and how many of the persons have a good one. What a post needs comes as rows, $10 post,
-- $11 activity of the firm (null: any), $12 kind, $13 scope (null: any); what a profile says as $14 field, $15 activity. $1 cities, $2 places, $3 kinds, $4 day,
-- $5 digits, $6 industries, $7 months, $8 kinds, $9 at most
with need as (
  select *
  from unnest($10::text[], $11::text[], $12::text[], $13::text[]) as n (post, activity, kind, scope)
)
select region, industry, month, kind, count(*)::int as required, (count(*) filter (where is_certified))::int as certified
from (
  select distinct on (1, 2, 3, 4, person.ids, a.credit_code, a.body->>'post')
    case when $5::int > 0 then left(a.region, $5) end as region,
    case when $6::boolean then a.body->>'industryCategory' end as industry,
    case when $7::boolean then to_char(a.valid_from, 'YYYY-MM') end as month,
    case when $8::boolean then a.kind end as kind,
    exists (
      select
      from record c
      join need n on n.kind = c.kind and (n.scope is null or n.scope = coalesce(c.body->>'personType', c.body->>'managerClass'))
      where c.person_id = any (person.ids) and c.family = 'CERTIFICATE' and n.post = a.body->>'post'
        and (n.activity is null or n.activity = any (firm.activities)) and is_good(c, $4::date) and not is_transferred(c)
    ) as is_certified
  from record a
  cross join lateral (
    -- few have several ids: they are gathered for those alone
    select case
        when exists (select from person_verdict v where v.person_id = a.person_id)
          or exists (select from person_verdict v where v.other_person_id = a.person_id)
          then person_ids(a.person_id)
        else array[a.person_id] end as ids
    offset 0
  ) person
  left join lateral (
    select array(
      select s.activity
      from unnest($14::text[], $15::text[]) as s (field, activity)
      where p.body->>s.field = 'true') as activities
    from record p
    where p.credit_code = a.credit_code and p.family = 'PROFILE' and p.kind = 'ENTERPRISE_PROFILE' and p.effective_on <= $4::date
    order by p.effective_on desc, p.recorded_at desc, p.record_id
    limit 1
  ) firm on true
  where a.family = 'PRESENCE' and a.kind = 'APPOINTMENT' and a.city = any ($1::text[])
    and (a.city = any ($2::text[]) or a.region = any ($2::text[])) and ($3::text[] is null or a.kind = any ($3::text[]))
    and (a.valid_from is null or a.valid_from <= $4::date) and (a.valid_to is null or a.valid_to >= $4::date)
    and exists (
      select
      from need n
      where n.post = a.body->>'post' and (n.activity is null or n.activity = any (firm.activities)))
) counted
group by 1, 2, 3, 4
order by 1 nulls first, 2 nulls first, 3 nulls first, 4 nulls first
limit $9::int

-- name: firms
-- Firms by the band of their latest grading on the day, each once in every place that graded it. $1 cities, $2 places,
-- $3 kinds, $4 day, $5 digits, $6 industries, $7 months, $8 kinds, $9 at most
select region, industry, month, kind,
  (count(*) filter (where band = 'RED'))::int as red,
  (count(*) filter (where band = 'ORANGE'))::int as orange,
  (count(*) filter (where band = 'YELLOW'))::int as yellow,
  (count(*) filter (where band = 'BLUE'))::int as blue,
  (count(*) filter (where band = 'UNRATED'))::int as unrated
from (
  select distinct on (1, credit_code)
    case when $5::int > 0 then left(region, $5) end as region,
    case when $6::boolean then body->>'industryCategory' end as industry,
    case when $7::boolean then to_char(effective_on, 'YYYY-MM') end as month,
    case when $8::boolean then kind end as kind,
    band
  from record
  where family = 'RISK' and kind = 'RISK_GRADING' and city = any ($1::text[])
    and (city = any ($2::text[]) or region = any ($2::text[])) and ($3::text[] is null or kind = any ($3::text[]))
    and (effective_on is null or effective_on <= $4::date)
  order by 1, credit_code, effective_on desc nulls last, recorded_at desc
) counted
group by 1, 2, 3, 4
order by 1 nulls first, 2 nulls first, 3 nulls first, 4 nulls first
limit $9::int

-- name: flags
-- Flags that stand on the day, by category. $1 cities, $2 places, $3 kinds, $4 day, $5 digits, $6 industries, $7 months,
-- $8 kinds, $9 at most
select case when $5::int > 0 then left(region, $5) end as region,
  case when $6::boolean then body->>'industryCategory' end as industry,
  case when $7::boolean then to_char(effective_on, 'YYYY-MM') end as month,
  case when $8::boolean then kind end as kind,
  body->>'category' as category, count(*)::int as standing
from record
where family = 'ADVERSE' and city = any ($1::text[]) and (city = any ($2::text[]) or region = any ($2::text[]))
  and ($3::text[] is null or kind = any ($3::text[]))
  and (effective_on is null or effective_on <= $4::date) and (lifted_on is null or lifted_on > $4::date)
  and in_term(body, $4::date)
group by 1, 2, 3, 4, 5
order by 1 nulls first, 2 nulls first, 3 nulls first, 4 nulls first, 5
limit $9::int

-- name: reviews
-- Own reviews opened by the day, where the subject is present; none by kind, as a review is of none. $1 cities, $2 places, $3 kinds (none with any), $4 day,
-- $5 digits, $6 industries, $7 months, $8 kinds, $9 at most, $10 owner_id, $11 the owner's own division
select case when $5::int > 0 then left(place, $5) end as region,
  case when $6::boolean then null::text end as industry,
  case when $7::boolean then to_char(opened_on, 'YYYY-MM') end as month,
  null::text as kind,
  count(*)::int as open,
  (count(*) filter (where due_on < $4::date))::int as overdue
from (
  select w.opened_on, w.due_on, coalesce(p.region, $11::text) as place
  from review w
  left join record p on p.record_id = w.presence_record_id
  where w.owner_id = $10::int and w.opened_on <= $4::date
    and (coalesce(w.decided_on, w.ended_on) is null or coalesce(w.decided_on, w.ended_on) > $4::date)
    and $3::text[] is null and not $8::boolean
) counted
where left(place, 4) = any ($1::text[]) and (left(place, 4) = any ($2::text[]) or place = any ($2::text[]))
group by 1, 2, 3, 4
order by 1 nulls first, 3 nulls first
limit $9::int
