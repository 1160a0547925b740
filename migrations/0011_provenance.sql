-- What was known when, through the query language. Guarantees:
--   * a past state of a record is shown only to who may see that version and the record's last one: what was narrowed since
--     stays narrow for every day and every moment;
--   * what a version changed is named field by field, never quoted, and told only where both versions may be seen.

create index record_version_by_recency on record_version (recorded_at desc, record_id desc);
create index record_version_by_city_end on record_version (city, valid_to, record_id) where family = 'CERTIFICATE';
create index record_version_by_end on record_version (valid_to) where family = 'CERTIFICATE';
create index record_version_by_place on record_version (city, kind) where family <> 'CERTIFICATE';
create index record_version_by_flag on record_version (recorded_at desc, record_id) where family = 'ADVERSE';

-- The rule of 0008, the same in meaning. `offset 0` keeps each of its conditions a look-up per row: joined, they would be
-- answered by reading both tables whole, and a page would not be cheap.
create or replace function record_at(as_of date, known_at timestamptz) returns setof record_version
  language sql stable as $$
  select v.*
  from public.record_history() v
  where v.recorded_at <= known_at and v.starts_on <= as_of and v.report_kind not in ('VOID', 'REVERT')
    and (v.superseded_at is null or v.superseded_at > known_at or v.superseded_from > as_of or exists (
      select
      from public.record_history() n
      where n.record_id = v.record_id and n.version > v.version and n.recorded_at = v.superseded_at
      offset 0))
    and not exists (
      select
      from public.record_version e
      where e.record_id = v.record_id and e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null
        and e.recorded_at <= known_at
      offset 0)
    and not exists (
      select
      from public.record_history() c
      where c.record_id = v.record_id and c.replaces_version = v.version and c.recorded_at <= known_at
      offset 0)
    and not exists (
      select
      from public.record_history() w
      where w.record_id = v.record_id and w.recorded_at <= known_at and w.starts_on <= as_of
        and w.report_kind not in ('VOID', 'REVERT')
        and public.goes_before(w.family, w.starts_on, w.version, v.starts_on, v.version)
        and not exists (
          select
          from public.record_history() c
          where c.record_id = w.record_id and c.replaces_version = w.version and c.recorded_at <= known_at
          offset 0)
      offset 0)
$$;

-- The last version of each record: the standing one, or the report that ended it.
create function last_words() returns table (record_id uuid) language sql stable as $$
  select r.record_id from public.record r
  union all
  select e.record_id from public.record_version e where e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null
$$;

-- The records as they stood on the day `as_of` by what the hub knew at `known_at`, as far as the reader may see them today.
create function known_records(as_of date, known_at timestamptz) returns setof public.record_version language sql stable as $$
  select v.*
  from public.record_at(as_of, known_at) v
  where exists (select from public.last_words() l where l.record_id = v.record_id offset 0)
$$;

-- What a version says, by the role of each fact, or by the field's name where it has none. Personal values as what joins them.
create function record_facts(v public.record_version) returns jsonb language sql stable
begin atomic
  select jsonb_strip_nulls(jsonb_build_object(
    'name', (v).name, 'id_number', (v).person_id, 'number', encode((v).number_hash, 'hex'), 'credit_code', (v).credit_code,
    'employer_name', (v).employer_name, 'region', (v).region, 'issuer_code', (v).issuer_code, 'issuer_name', (v).issuer_name,
    'first_issued_on', (v).first_issued_on, 'effective_on', (v).effective_on, 'valid_from', (v).valid_from,
    'valid_to', (v).valid_to, 'review_due_on', (v).review_due_on, 'reviewed_on', (v).reviewed_on,
    'reported_status', (v).reported_status, 'band', (v).band, 'decision_number', (v).decision_number,
    'lifted_on', (v).lifted_on)) || (v).body;
end;

-- The names of the fields in which a version differs from the one it took the place of, null where there is none to be seen.
-- `names` has for each kind the name of the field in each role.
create function changed_fields(v public.record_version, names jsonb) returns json language sql stable as $$
  select (
    select coalesce(json_agg(c.name order by c.name), '[]')
    from (
      select distinct coalesce(names->v.kind->>k.key, k.key) as name
      from (
        select jsonb_object_keys(now_said.facts) union select jsonb_object_keys(former_said.facts)) k (key)
      where now_said.facts->k.key is distinct from former_said.facts->k.key
    ) c)
  from (
    select f
    from public.record_history() f
    where f.record_id = v.record_id and f.version < v.version
      and (f.version = v.replaces_version or f.superseded_at = v.recorded_at and v.replaces_version is null)
    order by f.version desc
    limit 1
  ) former
  cross join lateral (select public.record_facts(v) as facts) now_said
  cross join lateral (select public.record_facts(former.f) as facts) former_said
$$;
