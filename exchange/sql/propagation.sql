-- name: at_employer
-- From a person whose certificate was withdrawn to the firms where he or she is in a post that needs it, and on to their pending
-- approvals and their sites; not where another good certificate is held for the same work. One row for each appointment and matter, by
-- the place of the cause: $1 records, $2 persons, $3 days; which posts need which certificates: $4 posts, $5 kinds, $6 scopes or null
-- for any. Step by step, as each is dear without the one before.
select asked.place, p.*, a.person_id, a.credit_code, a.link_id, a.link_owner_id, a.link_audience
from unnest($1::uuid[], $2::uuid[], $3::date[]) with ordinality as asked (record_id, person_id, day, place)
cross join lateral (
  select person_id, number_hash
  from record
  where record_id = asked.record_id
  offset 0
) cause
cross join lateral (
  select array_agg(c) as certificates
  from record c
  where c.person_id = cause.person_id and c.family = 'CERTIFICATE'
    and (c.record_id = asked.record_id or c.number_hash = cause.number_hash)
) held
cross join lateral (
  select array_agg(distinct n.post) as posts
  from unnest(held.certificates) c
  join unnest($4::text[], $5::text[], $6::text[]) as n (post, kind, scope)
    on n.kind = c.kind and coalesce(n.scope = coalesce(c.body->>'managerClass', c.body->>'personType'), n.scope is null)
  where not is_superseded(c, asked.day)
) needing
cross join lateral (
  select person_id, credit_code, record_id as link_id, owner_id as link_owner_id, audience as link_audience
  from record
  where person_id = any (array(select person_group(asked.person_id))) and family = 'PRESENCE' and kind = 'APPOINTMENT'
    and (valid_to is null or valid_to >= asked.day) and body->>'post' = any (needing.posts)
  offset 0
) a
cross join lateral (
  select record_id, owner_id, kind, region, region as reference, coalesce(valid_from, effective_on) as since
  from record
  where credit_code = a.credit_code and family = 'PRESENCE' and case kind
      when 'PROJECT_APPROVAL' then reported_status = 'PENDING'
      when 'SITE' then valid_to is null or valid_to >= asked.day
      else false end
  offset 0
) p

-- name: of_staff
-- From a firm to its key staff (in a key post, or with a good certificate of that sort in its name), and on to their running
-- appointments at other firms. One row for each tie to the firm and appointment, by the place of the firm: $1 credit codes, $2 days,
-- $3 posts, $4 kinds
select asked.place, here.*
from unnest($1::text[], $2::date[]) with ordinality as asked (credit_code, day, place)
cross join lateral (
  select a.record_id, a.owner_id, a.kind, a.region, coalesce(a.body->>'post', '') as reference,
    coalesce(a.valid_from, a.effective_on) as since,
    a.person_id, a.credit_code, tie.record_id as link_id, tie.owner_id as link_owner_id, tie.audience as link_audience
  from record tie
  cross join lateral person_group(tie.person_id) as same (person_id)
  join record a on a.person_id = same.person_id and a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
    and a.credit_code <> asked.credit_code and (a.valid_to is null or a.valid_to >= asked.day)
  where tie.credit_code = asked.credit_code and tie.family in ('PRESENCE', 'CERTIFICATE') and tie.person_id is not null
    and case tie.family
      when 'PRESENCE' then tie.kind = 'APPOINTMENT' and tie.body->>'post' = any ($3::text[])
        and (tie.valid_to is null or tie.valid_to >= asked.day)
      else tie.kind = any ($4::text[]) and is_reported_good(tie, asked.day) end
  offset 0
) here

-- name: against_staff
-- The events by which certificates of whoever is appointed at a firm were withdrawn or acted upon, and still are: a matter or site of
-- the firm that comes later meets them. By the place of each asked: $1 credit codes, $2 days, $3 positions reached
select asked.place, stands.*
from unnest($1::text[], $2::date[], $3::bigint[]) with ordinality as asked (credit_code, day, position, place)
cross join lateral (
  select array_agg(distinct same.person_id) as ids
  from record a
  cross join lateral person_group(a.person_id) as same (person_id)
  where a.credit_code = asked.credit_code and a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
    and (a.valid_to is null or a.valid_to >= asked.day)
  offset 0
) staff
cross join lateral (
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day, e.payload
  from record r
  join lateral (
    select *
    from event
    where record_id = r.record_id and type in ('credential.statusChanged', 'adverseAction.imposed')
    order by version desc
    limit 1
  ) e on true
  where r.person_id = any (staff.ids) and r.family in ('CERTIFICATE', 'ACTION')
    and (r.family = 'CERTIFICATE' and r.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED', 'LAPSED')
      or r.family = 'ACTION' and (r.lifted_on is null or r.lifted_on > asked.day))
    and e.position < asked.position and not ended_by_transfer(r)
  offset 0
) stands
order by asked.place

-- name: around_appointment
-- What an appointment that comes later ties together: certificates of the person withdrawn or acted upon, whose firm may have
-- sites; flags on firms whose key staff the person is, and on the firm of the appointment, whose staff may have other posts. By the
-- place of each asked: $1 persons, $2 credit codes, $3 days, $4 positions reached; $5 key posts, $6 kinds of their certificates
select asked.place, stands.*
from unnest($1::uuid[], $2::text[], $3::date[], $4::bigint[]) with ordinality as asked (person_id, credit_code, day, position, place)
cross join lateral (
  with own as materialized (
    select *
    from record
    where person_id = any (array(select person_group(asked.person_id))) and family in ('CERTIFICATE', 'ACTION', 'PRESENCE')
  ),
  firm as (
    select asked.credit_code
    union
    select credit_code
    from own o
    where credit_code is not null and case family
        when 'PRESENCE' then kind = 'APPOINTMENT' and body->>'post' = any ($5::text[]) and (valid_to is null or valid_to >= asked.day)
        when 'CERTIFICATE' then kind = any ($6::text[])
        else false end
  ),
  standing as (
    select record_id, null::text as band
    from own
    where family = 'CERTIFICATE' and reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED', 'LAPSED')
      or family = 'ACTION' and (lifted_on is null or lifted_on > asked.day)
    union all
    select r.record_id, r.band
    from firm
    join record r on r.credit_code = firm.credit_code and r.family = 'ADVERSE' and (r.lifted_on is null or r.lifted_on > asked.day)
      and in_term(r.body, asked.day)
  )
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day,
    e.payload || jsonb_strip_nulls(jsonb_build_object('band', s.band)) as payload
  from standing s
  join lateral (
    select *
    from event
    where record_id = s.record_id and type in ('credential.statusChanged', 'adverseAction.imposed', 'riskFlag.raised')
    order by version desc
    limit 1
  ) e on true
  where e.position < asked.position
    and not exists (select from record r where r.record_id = s.record_id and ended_by_transfer(r))
  offset 0
) stands
order by asked.place
