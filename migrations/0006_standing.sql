-- What already stands, and what it decides. Guarantees:
--   * a certificate reported revoked, rescinded or cancelled does not become usable again by an ordinary row, even when two
--     publications cross: only a correction, or a new term under the holder's own number, brings it back.

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
