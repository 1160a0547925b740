-- What begins or ends on a later day than it was recorded on is found on that day: a confirmation that rests on it is looked at
-- again then. Guarantee: none of these days passes without that (exchange/sql/reconfirming.sql, queue_by_day).

create index record_by_later_effect on record (effective_on) where person_id is not null and effective_on > recorded_on;
create index record_by_later_lifting on record (lifted_on) where person_id is not null and lifted_on > recorded_on;
create index record_by_suspension_end on record (stated_day(body, 'suspendedTo'))
  where family = 'ACTION' and person_id is not null and stated_day(body, 'suspendedTo') is not null;
