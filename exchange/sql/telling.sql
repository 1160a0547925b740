-- name: dispute_step
-- A step of a dispute and what it is about; the audience is that of the record as it is now. $1 dispute, $2 place
select s.step, s.state, s.disputant_id, s.source_id, s.superior_id, s.recorded_at, d.person_id, d.credit_code,
  coalesce((select r.audience from record r where r.record_id = d.record_id), d.audience) as audience,
  (select p.state from dispute_step p where p.dispute_id = s.dispute_id and p.place = s.place - 1) as previous_state
from dispute_step s
join dispute d using (dispute_id)
where s.dispute_id = $1::text::uuid and s.place = $2

-- name: tell_of_dispute
-- One event for each addressee, all of the source and about the record's subject; the first also for the circle of the audience,
-- if there is one. $1 dispute, $2 place, $3 type, $4 audience, $5 addressees
select append_events(array_agg(row(
    null, s.source_id, $3, case when d.person_id is null then 'E:' || d.credit_code else 'P:' || d.person_id end, null, null,
    $4::smallint, 0, a.tenant_id, case when $4 > 0 then d.credit_code end, d.record_id, null, s.taken_on,
    jsonb_strip_nulls(jsonb_build_object(
      'disputeId', d.dispute_id, 'recordId', d.record_id, 'kind', d.kind, 'creditCode', d.credit_code, 'personId', d.person_id,
      'grounds', d.grounds, 'state', s.state, 'openedOn', d.opened_on, 'dueOn', s.due_on, 'recordVersion', s.record_version)),
    null)::event order by a.place))
from dispute_step s
join dispute d using (dispute_id)
cross join unnest($5::int[]) with ordinality as a (tenant_id, place)
where s.dispute_id = $1::text::uuid and s.place = $2

-- name: past_readers
-- Who read the person lately, in whole months, and who was told of this dispute by an event of its own. $1 dispute, $2 person,
-- $3 since when
select owner_id as reader_id
from person_reader
where person_id = $2 and month >= date_trunc('month', $3::timestamptz)::date
union
select e.addressee_id
from dispute d
join event e on e.record_id = d.record_id
where d.dispute_id = $1::text::uuid and e.type = 'dispute.opened' and e.addressee_id is not null
  and e.payload->>'disputeId' = $1::text
order by reader_id
