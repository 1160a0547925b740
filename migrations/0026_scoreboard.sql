-- How well the members do it (协同时效). Guarantees:
--   * that the reviewing authority has opened a review is written down once, by its own first reading, and announced by the same
--     statement; whoever merely sees the review is not counted;
--   * what is counted comes from scoreboard_facts alone, figures and the rows behind them: in the hub's role of everybody, in a
--     caller's of what row security shows it;
--   * the events carry what is needed to count again: decision day of a report, cause and handling of a review.

create table review_reading (
  review_id uuid primary key,
  owner_id int not null references tenant,
  cause_owner_id int not null references tenant,
  read_on date not null,
  read_at timestamptz not null default clock_timestamp()
);

alter table review_reading enable row level security;
alter table review_reading force row level security;
create policy review_reading_read on review_reading for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or cause_owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy review_reading_add on review_reading for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from review r
    where r.review_id = review_reading.review_id and r.owner_id = review_reading.owner_id
      and r.cause_owner_id = review_reading.cause_owner_id));
create policy review_reading_hub on review_reading for select to exchange_hub using (owner_id > 0);
grant select, insert on review_reading to exchange_app;
grant select on review_reading to exchange_hub;

create function review_read() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(review_event(r, 'review.firstRead', c.read_on) order by c.review_id))
    from changed c join review r using (review_id)
    having count(*) > 0;
  return null;
end
$$;
create trigger review_read after insert on review_reading
  referencing new table as changed for each statement execute function review_read();

-- Two more facts in what is announced; the rest of these functions stays as it stands.
do $$
declare
  part record;
  former text;
begin
  for part in
    select *
    from (values
      ('review_event(review, text, date)', '(''causeRecordId'', \(([a-z_.]+)\)\.cause_record_id,)',
        '\1 ''causeEventId'', (\2).cause_event_id, ''handling'', (\2).handling,'),
      ('record_event(public.record, text)', '(''effectiveOn'', \(([a-z_.]+)\)\.effective_on,)',
        '\1 ''decidedOn'', (\2).body->>''decidedOn'',')) as p (function, place, renewed)
  loop
    former := pg_get_functiondef(part.function::regprocedure);
    if former !~ part.place then
      raise exception '% announces in another way', part.function;
    end if;
    execute regexp_replace(former, part.place, part.renewed);
  end loop;
end
$$;

create index review_by_opening on review (opened_on);
create index review_step_by_request on review_step (taken_on) where step = 'INFORMATION_REQUESTED';
create index record_first on record (recorded_on) where version = 1 and family in ('ADVERSE', 'ACTION');
create index record_version_first on record_version (recorded_on) where version = 1 and family in ('ADVERSE', 'ACTION');

-- What an authority did or had to do, one row a fact and measure, of the months between two days, as of a day. `days` are all of
-- these days; for each, since when a decision may be reported on it in time, and until when a question asked on it is to be
-- answered. `other_id` is the other party. `amount` is 1 or 0 where a share is taken, days where a mean is.
-- A review whose cause ended before its term did is not counted; what was decided before an authority took part neither.
create function scoreboard_facts(
  first date, last date, today date, days date[], decided_from date[], answer_by date[]
) returns table (
  measure text, authority_id int, other_id int, day date, amount int, review_id uuid, record_id uuid, step_id uuid
) language sql stable
begin atomic
  select m.measure, t.owner_id, t.cause_owner_id, t.opened_on, m.amount, t.review_id, t.cause_record_id, null::uuid
  from (
    select r.*,
      case when r.state = 'DECLINED' then r.ended_on else r.decided_on end as answered_on,
      least(r.accepted_on, case when r.state = 'DECLINED' then r.ended_on else r.decided_on end) as taken_on,
      least(case when r.state = 'WITHDRAWN' then r.ended_on end, today) as until_day
    from review r
    where r.opened_on between first and last and r.handling = 'FOR_FOLLOW_UP'
  ) t
  left join review_reading f on f.review_id = t.review_id
  cross join lateral (values
    ('ACCEPTED_IN_TIME', coalesce(t.taken_on <= t.opened_on + 7, false)::int,
      t.taken_on is not null or t.until_day > t.opened_on + 7),
    ('DECIDED_BY_DUE', coalesce(t.answered_on <= t.due_on, false)::int,
      t.answered_on is not null or t.until_day > t.due_on),
    ('OPENING_DAYS', greatest(least(f.read_on, t.taken_on) - t.opened_on, 0), least(f.read_on, t.taken_on) is not null),
    ('DECISION_DAYS', greatest(t.answered_on - t.opened_on, 0), t.answered_on is not null)
  ) as m (measure, amount, counts)
  where m.counts
  union all
  select m.measure, q.cause_owner_id, q.owner_id, q.taken_on, m.amount, q.review_id, q.cause_record_id, q.step_id
  from (
    select s.step_id, s.taken_on, r.review_id, r.cause_owner_id, r.owner_id, r.cause_record_id, a.taken_on as answered_on,
      term.answer_by, least(case when r.state in ('DECLINED', 'WITHDRAWN') then r.ended_on else r.decided_on end, today) as until_day
    from review_step s
    join review r on r.review_id = s.review_id
    join unnest(days, answer_by) as term (day, answer_by) on term.day = s.taken_on
    left join review_step a on a.request_id = s.step_id
    where s.step = 'INFORMATION_REQUESTED' and s.taken_on between first and last
  ) q
  cross join lateral (values
    ('ANSWERED_BY_AGREED', coalesce(q.answered_on <= q.answer_by, false)::int,
      q.answered_on is not null or q.until_day > q.answer_by),
    ('ANSWER_DAYS', greatest(q.answered_on - q.taken_on, 0), q.answered_on is not null)
  ) as m (measure, amount, counts)
  where m.counts
  union all
  select m.measure, v.owner_id, null::int, v.recorded_on, m.amount, null::uuid, v.record_id, null::uuid
  from (
    select owner_id, record_id, recorded_on, effective_on, body
    from record
    where version = 1 and family in ('ADVERSE', 'ACTION') and recorded_on between first and last
    union all
    select owner_id, record_id, recorded_on, effective_on, body
    from record_version
    where version = 1 and family in ('ADVERSE', 'ACTION') and recorded_on between first and last
  ) v
  join tenant t on t.tenant_id = v.owner_id
  join unnest(days, decided_from) as term (day, decided_from) on term.day = v.recorded_on
  cross join lateral (select coalesce((v.body->>'decidedOn')::date, v.effective_on) as decided_on) d
  cross join lateral (values
    ('REPORTED_IN_TIME', (d.decided_on >= term.decided_from)::int),
    ('REPORT_DAYS', greatest(v.recorded_on - d.decided_on, 0))
  ) as m (measure, amount)
  where d.decided_on >= (t.onboarded_at at time zone 'Asia/Shanghai')::date;
end;
