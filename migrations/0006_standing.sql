-- What already stands, and what it decides. Guarantees:
--   * a certificate reported revoked, rescinded or cancelled does not become usable again by an ordinary row, even when two
--     publications cross: only a correction, or a new term under the holder's own number, brings it back;
--   * a certificate that another one names as the one it was exchanged for (办理转入) counts for nothing any more, whatever its
--     own issuer reports, and although later reports of the new one no longer name it.

-- Certificates that are not simply valid: few, and asked for with every row that arrives.
create index record_by_state on record (owner_id, kind, key_hash) where family = 'CERTIFICATE' and reported_status is distinct from 'VALID';

-- Publishing checks this first (standing.py); what comes in between is undone and may be tried again.
create function refuse_return() returns trigger language plpgsql as $$
begin
  raise exception 'certificate % has ended meanwhile', new.record_id using errcode = 'lock_not_available';
end
$$;
create trigger record_stays_ended before update on record for each row
  when (old.reported_status in ('REVOKED', 'RESCINDED', 'CANCELLED') and old.family = 'CERTIFICATE'
    and new.reported_status not in ('REVOKED', 'RESCINDED', 'CANCELLED')
    and new.valid_from <= least(coalesce(old.effective_on, old.recorded_on), old.valid_to)
    and coalesce(current_setting('app.corrects', true), '') <> 'on')
  execute function refuse_return();

-- Whether another certificate of the same holder was issued in exchange for this one. The latest report that names a former
-- certificate counts: an operation after the transfer names none.
create function is_transferred(r public.record) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record successor
    cross join lateral (
      select told.body->>'previousNumber' as number, told.body->>'previousIdentifier' as identifier
      from (
        select version, body
        from record_version
        where record_id = successor.record_id
        union all
        select successor.version, successor.body
      ) told
      where told.body->>'previousNumber' is not null or told.body->>'previousIdentifier' is not null
      order by told.version desc
      limit 1
    ) former
    where successor.person_id = (r).person_id and successor.family = 'CERTIFICATE' and successor.kind = (r).kind
      and successor.record_id <> (r).record_id
      and (former.number = (r).number_shown or former.identifier = (r).body->>'certificateIdentifier'));
end;

-- As in 0002, and a certificate that was exchanged is none the holder could work with.
create or replace function is_superseded(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = (r).person_id and other.record_id <> (r).record_id
      and other.kind = (r).kind and is_good(other, day)
      and other.body->>'operationCode' is not distinct from (r).body->>'operationCode'
      and other.body->>'managerClass' is not distinct from (r).body->>'managerClass'
      and other.body->>'personType' is not distinct from (r).body->>'personType'
      and other.body->>'industryCategory' is not distinct from (r).body->>'industryCategory'
      and not is_transferred(other));
end;
