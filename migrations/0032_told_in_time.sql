-- What has a term is told when it is over, and who took part before may do what is due to it since. Guarantees:
--   * whether a report is accepted (举报受理) has a term, counted anew where it is handed over; that it is over is told once for each
--     authority that had it, to that authority and to who handed the report in;
--   * a repair (信用修复) that is not decided in its term is told once, to the authority and to the firm;
--   * a client that had exactly the usual scopes of its kind of tenant before 0019 has those it is due since; one with others,
--     narrowed or widened by hand, is left as it is.

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
