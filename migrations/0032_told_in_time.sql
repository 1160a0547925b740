-- What has a term is told when it is over, and who took part before may do what is due to it since. Guarantees:
--   * whether a report is accepted (举报受理) has a term, counted anew where it is handed over; that it is over is told once for each
--     authority that had it, to that authority and to who handed the report in;
--   * a repair (信用修复) that is not decided in its term is told once, to the authority and to the firm;
--   * a client that had exactly the usual scopes of its kind of tenant before 0019 has those it is due since; one with others,
--     narrowed or widened by hand, is left as it is;
--   * a superior that was told of an overdue review is told how it ended, by the statement that ends it;
--   * of every report that is a cause of a review, the first, one that joined or one inherited from a predecessor, a corrected
--     severity is kept beside it, a step of the thread, and told to the reviewing authority and to the one that reported.

alter table tip_step
  add column due_on date check (due_on is null or step in ('FILED', 'TRANSFERRED')),
  add column is_due_estimated boolean not null default false;
create index tip_step_by_due on tip_step (due_on) where due_on is not null;

-- Reports that wait already: seven days of Monday to Friday, marked as guessed. The owner is held by forced row security too.
alter table tip_step no force row level security;
update tip_step s
set is_due_estimated = true, due_on = (
    select day::date
    from generate_series(s.taken_on + 1, s.taken_on + 11, interval '1 day') day
    where extract(isodow from day) <= 5
    order by day
    offset 6
    limit 1)
where s.step in ('FILED', 'TRANSFERRED')
  and not exists (select from tip_step n where n.tip_id = s.tip_id and n.place > s.place);
alter table tip_step force row level security;

-- What is overdue and was told so, once: a step of a report, or a repair. The hub's own.
create table overdue_told (
  case_id uuid not null,
  place int not null,
  owner_id int not null references tenant,
  primary key (case_id, place)
);
alter table overdue_told enable row level security;
alter table overdue_told force row level security;
create policy overdue_told_hub on overdue_told to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on overdue_told to exchange_hub;

create index repair_request_by_due on repair_request (due_on) where state = 'REQUESTED';

-- The owner is held by forced row security too.
alter table client no force row level security;
alter table tenant no force row level security;
update client c
set scopes = c.scopes || u.since
from tenant t
join (values
  ('AUTHORITY',
   '{record.read,person.read,record.publish,flag.read,flag.lift,review.read,review.decide,event.read,recognition.ask,rule.publish}'::text[],
   '{dispute.open,dispute.answer,tip.file,tip.handle,roster.keep,scoreboard.read,gate.check,repair.read,policy.publish}'::text[]),
  ('ENTERPRISE', '{record.read,person.read,flag.read,event.read,recognition.ask}',
   '{review.read,dispute.open,tip.file,roster.keep,repair.read,repair.request}'),
  ('PARTNER', '{flag.read,event.read}', '{tip.file,roster.keep,gate.check}'),
  ('OPERATOR', '{clock.run}', '{scoreboard.read}')
) as u (kind, before, since) using (kind)
where t.tenant_id = c.tenant_id and c.scopes @> u.before and c.scopes <@ u.before;
alter table tenant force row level security;
alter table client force row level security;

-- The end of an escalated review, also a decision corrected since, is told to the superior alone.
create function review_superior_told() returns trigger language plpgsql as $$
begin
  if not exists (select from changed where escalated_on is not null and superior_id is not null) then
    return null;
  end if;
  perform append_events(array_agg(
      review_told(c, 'review.escalationEnded', s.day, c.superior_id, c.cause_record_id) order by c.review_id))
    from changed c
    join former f using (review_id)
    cross join lateral (
      select max(s.day) as day
      from review_changes(f, c) s
      where s.type in ('review.decided', 'review.corrected', 'review.declined', 'review.handedOver', 'review.withdrawn')
    ) s
    where s.day is not null and c.escalated_on is not null and c.superior_id is not null
    having count(*) > 0;
  return null;
end
$$;
create trigger review_superior_told after update on review
  referencing new table as changed old table as former for each statement execute function review_superior_told();

-- The severity a report was corrected to, none where it is as announced. `review.cause_band` goes on telling it of the first.
alter table review_cause add column cause_band text, add column changed_on date;
alter table review no force row level security;
alter table review_cause no force row level security;
update review_cause k
set cause_band = w.cause_band, changed_on = w.cause_changed_on
from review w
where w.review_id = k.review_id and w.cause_event_id = k.event_id and w.cause_band is not null;
alter table review_cause force row level security;
alter table review force row level security;

-- A report that was graver again is a cause once more; what becomes of it is told once.
create function is_first_of_record(k review_cause) returns boolean language sql stable
begin atomic
  select not exists (
    select from review_cause o where o.review_id = (k).review_id and o.record_id = (k).record_id and o.place < (k).place);
end;

-- Of the first report the review says so itself, and its own trigger tells; of another that joined, this one does.
create function review_cause_changed() returns trigger language plpgsql as $$
begin
  if not exists (select from changed k join former f using (cause_id) where k.cause_band is distinct from f.cause_band) then
    return null;
  end if;
  update review w
    set cause_band = k.cause_band, cause_changed_on = k.changed_on
    from changed k
    join former f using (cause_id)
    where w.review_id = k.review_id and w.cause_event_id = k.event_id and k.cause_band is distinct from f.cause_band;
  insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
    select w.thread_id, w.review_id, w.owner_id, 'CAUSE_CHANGED', w.state, k.changed_on
    from changed k
    join former f using (cause_id)
    join review w on w.review_id = k.review_id and w.cause_event_id <> k.event_id
    where k.cause_band is distinct from f.cause_band and is_first_of_record(k)
    order by k.place;
  perform append_events(array_agg(row(
      null, w.owner_id, 'review.causeChanged', w.subject, null, null, 0, 0, k.owner_id, w.credit_code, k.record_id, w.review_id,
      k.changed_on, jsonb_strip_nulls(jsonb_build_object(
        'reviewId', w.review_id, 'rule', w.rule, 'creditCode', w.credit_code, 'personId', w.person_id,
        'causeRecordId', k.record_id, 'state', w.state, 'dueOn', w.due_on, 'causeBand', k.cause_band,
        'causeChangedOn', k.changed_on)),
      null)::event order by k.place))
    from changed k
    join former f using (cause_id)
    join review w on w.review_id = k.review_id and w.cause_event_id <> k.event_id
    where k.cause_band is distinct from f.cause_band and is_first_of_record(k)
    having count(*) > 0;
  return null;
end
$$;
create trigger review_cause_changed after update on review_cause
  referencing new table as changed old table as former for each statement execute function review_cause_changed();

-- A confirmed report is no record: what was filed after it finds it by its event.
create index event_tip_confirmed on event (subject) where type = 'tip.confirmed';
