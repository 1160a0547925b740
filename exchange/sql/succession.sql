-- name: successors
-- The firms that came from a firm, and the firm itself, however long the line; what is confirmed counts from then on, whatever day
-- it takes effect. $1 credit code
with recursive line (code) as (
  select $1::text
  union
  select s.credit_code
  from line
  join record s on s.previous_code = line.code and s.family = 'PROFILE' and s.kind = 'SUCCESSION'
)
select code
from line

-- name: inherited
-- The events by which flags were raised that still stand on the firms a firm came from; a severity as it is now. One row for each
-- line of successions that leads there, with those who recorded it: the receiving authority has to know each of them. By the place
-- of each asked: $1 credit codes, $2 days, $3 positions reached; $4 the flag, null for all
select asked.place, stands.*
from unnest($1::text[], $2::date[], $3::bigint[]) with ordinality as asked (credit_code, day, position, place)
cross join lateral (
  with recursive line (code, owners, codes) as (
    select asked.credit_code, '{}'::int[], array[asked.credit_code]
    union
    select s.previous_code, l.owners || s.owner_id, l.codes || s.previous_code
    from line l
    join record s on s.credit_code = l.code and s.family = 'PROFILE' and s.kind = 'SUCCESSION'
    where s.audience > 0 and s.previous_code <> all (l.codes)
  )
  select e.event_id, e.owner_id, e.record_id, l.code as predecessor, l.owners as link_owners,
    e.payload || jsonb_strip_nulls(jsonb_build_object('band', r.band)) as payload, r.recorded_at
  from line l
  join record r on r.credit_code = l.code and r.family = 'ADVERSE' and (r.lifted_on is null or r.lifted_on > asked.day)
  join lateral (
    select *
    from event
    where record_id = r.record_id and type = 'riskFlag.raised' and subject = subject_of(r)
    order by version desc
    limit 1
  ) e on true
  where l.code <> asked.credit_code and e.position <= asked.position and ($4::uuid is null or r.record_id = $4)
  offset 0
) stands
order by asked.place, stands.recorded_at, stands.record_id

-- name: disinherit
-- Reviews of firms that turn out not to come from the flagged one learn of it. $1 credit codes, $2 day
update review w
set cause_lifted_on = $2, cause_lifted_as = 'VOIDED'
from record r
where w.credit_code = any ($1::text[]) and w.rule = 'SUCCESSOR_OF_FLAGGED' and w.cause_lifted_on is null
  and r.record_id = w.cause_record_id and r.credit_code <> all (array(select predecessors_of(w.credit_code, 'infinity')))
