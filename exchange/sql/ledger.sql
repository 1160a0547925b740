-- name: is_waiting
-- Whether there is something to log. What becomes of signing keys is no tenant's doing, and looked for.
select exists (select from ledger_pending) or exists (
  select
  from signing_key k
  cross join (values (1), (2)) as s (version)
  where (s.version = 1 or k.retired_at is not null) and not exists (
    select from ledger_entry e where e.type = 'KEY' and e.key = k.generation::text and e.version = s.version))

-- name: lock_head
-- One process adds at a time; the next statement sees what was committed before this lock was got.
select size, origin
from ledger_head
for update

-- name: head
select size, origin
from ledger_head

-- name: render
-- Rows are written in the same way whoever writes them, or their digests would not be the same.
select set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true), set_config('datestyle', 'ISO', true),
  set_config('extra_float_digits', '1', true)

-- name: look_long
-- A reading of the whole log takes its time.
select set_config('statement_timeout', '0', true)

-- name: queue_keys
insert into ledger_pending (owner_id, type, key, version)
select 0, 'KEY', k.generation::text, s.version
from signing_key k
cross join (values (1), (2)) as s (version)
where (s.version = 1 or k.retired_at is not null)
  and not exists (select from ledger_entry e where e.type = 'KEY' and e.key = k.generation::text and e.version = s.version)
  and not exists (select from ledger_pending p where p.type = 'KEY' and p.key = k.generation::text and p.version = s.version)

-- name: take_pending
-- The next lines of the queue, in their order. $1 at most
with taken as (
  delete from ledger_pending
  where place <= (select max(place) from (select place from ledger_pending order by place limit $1) next)
  returning place, type, key, version
)
select t.type, t.key, t.version,
  exists (select from ledger_entry e where e.type = t.type and e.key = t.key and e.version = t.version) as is_logged
from taken t
order by t.place

-- name: add_entries
-- $1 first index, $2 types, $3 keys, $4 versions, $5 when recorded, $6 when logged, $7 salts, $8 digests
insert into ledger_entry (leaf_index, type, key, version, recorded_at, logged_at, salt, digest)
select $1 + n.place - 1, n.type, n.key, n.version, n.recorded_at, $6, n.salt, n.digest
from unnest($2::text[], $3::text[], $4::int[], $5::timestamptz[], $7::bytea[], $8::bytea[])
  with ordinality as n (type, key, version, recorded_at, salt, digest, place)

-- name: keep_tiles
-- $1 levels, $2 numbers, $3 hashes
insert into ledger_tile (level, number, hashes)
select level, number, hashes
from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as t (level, number, hashes)
on conflict (level, number) do update set hashes = excluded.hashes

-- name: move_head
-- $1 size, $2 origin
update ledger_head
set size = $1, origin = $2

-- name: keep_checkpoint
-- $1 size, $2 root, $3 note, $4 when
insert into ledger_checkpoint (size, root, note, made_at)
values ($1, $2, $3, $4)

-- name: tiles
-- $1 levels, $2 numbers
select t.level, t.number, t.hashes
from unnest($1::smallint[], $2::bigint[]) as n (level, number)
join ledger_tile t on t.level = n.level and t.number = n.number

-- name: checkpoint
-- The latest, or the one of a size, with what witnesses signed, of each its last word: a witness with many keys makes no note
-- longer. $1 size or null
select c.size, c.root, c.note, c.made_at, (
    select coalesce(json_agg(json_build_object('witness', t.slug, 'name', t.name, 'signedAt', s.signed_at, 'line', s.line)
      order by s.signed_at, t.slug), '[]')
    from (
      select distinct on (owner_id) owner_id, signed_at, line
      from ledger_cosignature
      where size = c.size
      order by owner_id, signed_at desc, witness_id
    ) s
    join tenant t on t.tenant_id = s.owner_id
  ) as cosignatures
from ledger_checkpoint c
where c.size = $1 or $1 is null
order by c.size desc
limit 1

-- name: cosignatures
-- What witnesses signed, with the name and key they had to sign with, and the checkpoint.
select s.size, t.slug, w.public_key, s.line, c.root, h.origin
from ledger_cosignature s
join tenant t on t.tenant_id = s.owner_id
join ledger_witness w on w.witness_id = s.witness_id and w.owner_id = s.owner_id
join ledger_checkpoint c on c.size = s.size
cross join ledger_head h
order by s.size, t.slug

-- name: entry
-- $1 type, $2 key, $3 version
select leaf_index, type, key, version, recorded_at, logged_at, salt, digest
from ledger_entry
where type = $1 and key = $2 and version = $3

-- name: entries
-- $1 first index, $2 end
select leaf_index, type, key, version, recorded_at, logged_at, salt, digest
from ledger_entry
where leaf_index >= $1 and leaf_index < $2
order by leaf_index

-- name: checkpoints
-- $1 beyond size, $2 at most
select size, root, note
from ledger_checkpoint
where size > $1
order by size
limit $2

-- name: beyond
-- Whether there is more than the head says. $1 size
select exists (select from ledger_entry where leaf_index >= $1) or exists (select from ledger_checkpoint where size > $1)

-- name: generations
-- Every generation of signing keys there ever was.
select generation
from signing_key
order by generation

-- name: waiting
-- What is accepted and not logged yet.
select count(*)
from ledger_pending

-- name: content_record
-- Versions of records, each with when it ended those it took the place of. Left out is what may move on: the counter of
-- versions, the hash of the row of a file, when the version itself ended. $1 keys, $2 versions
select k.key, k.version, v.recorded_at, jsonb_strip_nulls(
    to_jsonb(v) - '{last_version,row_hash,superseded_at,superseded_from}'::text[] || jsonb_build_object('ended', (
      select jsonb_agg(jsonb_build_array(f.version, f.superseded_from) order by f.version)
      from record_version f
      where f.record_id = v.record_id and f.version < v.version and f.superseded_at = v.recorded_at)))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
cross join lateral (
  select h.* from record_history() h where h.record_id = k.key::uuid and h.version = k.version offset 0) v

-- name: content_review
-- Outcomes of reviews, with what was decided: what the next correction says it was, or what the review says now.
-- $1 keys, $2 versions
select k.key, k.version, s.taken_at as recorded_at, jsonb_strip_nulls(to_jsonb(s) || jsonb_build_object('decided',
    case when s.step in ('DECIDED', 'CORRECTED') then coalesce(
      (select jsonb_build_array(n.former_outcome, n.former_reason, n.former_basis)
        from review_step n
        where n.thread_id = s.thread_id and n.review_id = s.review_id and n.step = 'CORRECTED' and n.place > s.place
        order by n.place
        limit 1),
      (select jsonb_build_array(r.outcome, r.decision_reason, r.legal_basis) from review r where r.review_id = s.review_id))
    end))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
cross join lateral (select one.* from review_step one where one.step_id = k.key::uuid offset 0) s

-- name: content_rule
-- Recognition rules. $1 keys, $2 versions
select k.key, k.version, r.published_at as recorded_at, jsonb_strip_nulls(to_jsonb(r))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join recognition_rule r on r.identifier = k.key and r.version = k.version

-- name: content_agreement
-- Versions of agreements, with since when the agreement holds. $1 keys, $2 versions
select k.key, k.version, v.published_at as recorded_at,
  jsonb_strip_nulls(to_jsonb(v) || jsonb_build_object('since', a.valid_from, 'until', a.valid_to))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join agreement_version v on v.agreement_id = k.key and v.version = k.version
join agreement a on a.agreement_id = v.agreement_id

-- name: content_membership
-- What became of a membership. $1 keys, $2 versions
select k.key, k.version, m.recorded_at,
  jsonb_strip_nulls(to_jsonb(m) || jsonb_build_object('since', a.valid_from, 'until', a.valid_to))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join agreement_membership m on m.membership_id = k.key::uuid
join agreement a on a.agreement_id = m.agreement_id

-- name: content_confirmation
-- Receipts of confirmations, as they were signed. $1 keys, $2 versions
select k.key, k.version, c.confirmed_at as recorded_at, c.receipt as content
from unnest($1::text[], $2::int[]) as k (key, version)
join confirmation c on c.number = k.key

-- name: content_transfer
-- Steps of transfers, with what moves. $1 keys, $2 versions
select k.key, k.version, s.taken_at as recorded_at,
  jsonb_strip_nulls(to_jsonb(s) || jsonb_build_object('transfer', to_jsonb(t)))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join transfer_step s on s.step_id = k.key::uuid
join transfer t on t.transfer_id = s.transfer_id

-- name: content_key
-- Signing keys: begun (version 1), retired (2). $1 keys, $2 versions
select k.key, k.version, case k.version when 1 then s.starts_at else s.retired_at end as recorded_at,
  jsonb_build_object('generation', s.generation,
    case k.version when 1 then 'starts_at' else 'retired_at' end,
    case k.version when 1 then s.starts_at else s.retired_at end)::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join signing_key s on s.generation = k.key::int and (k.version = 1 or s.retired_at is not null)

-- name: content_witness
-- Witnesses. $1 keys, $2 versions
select k.key, k.version, w.registered_at as recorded_at, jsonb_strip_nulls(to_jsonb(w))::text as content
from unnest($1::text[], $2::int[]) as k (key, version)
join ledger_witness w on w.witness_id = k.key::uuid

-- name: unlogged_record
-- The first rows that are neither logged nor queued.
select v.record_id::text as key, v.version
from record_history() v
where not exists (
    select from ledger_entry e where e.type = 'RECORD' and e.key = v.record_id::text and e.version = v.version)
  and not exists (
    select from ledger_pending p where p.type = 'RECORD' and p.key = v.record_id::text and p.version = v.version)
limit 20

-- name: unlogged_review
select s.step_id::text as key, 1 as version
from review_step s
where s.step in ('DECIDED', 'CORRECTED', 'DECLINED', 'WITHDRAWN', 'HANDED_OVER')
  and not exists (select from ledger_entry e where e.type = 'REVIEW' and e.key = s.step_id::text)
  and not exists (select from ledger_pending p where p.type = 'REVIEW' and p.key = s.step_id::text)
limit 20

-- name: unlogged_rule
select r.identifier as key, r.version
from recognition_rule r
where not exists (
    select from ledger_entry e where e.type = 'RULE' and e.key = r.identifier and e.version = r.version)
  and not exists (
    select from ledger_pending p where p.type = 'RULE' and p.key = r.identifier and p.version = r.version)
limit 20

-- name: unlogged_agreement
select v.agreement_id as key, v.version
from agreement_version v
where not exists (
    select from ledger_entry e where e.type = 'AGREEMENT' and e.key = v.agreement_id and e.version = v.version)
  and not exists (
    select from ledger_pending p where p.type = 'AGREEMENT' and p.key = v.agreement_id and p.version = v.version)
limit 20

-- name: unlogged_membership
select m.membership_id::text as key, 1 as version
from agreement_membership m
where not exists (select from ledger_entry e where e.type = 'MEMBERSHIP' and e.key = m.membership_id::text)
  and not exists (select from ledger_pending p where p.type = 'MEMBERSHIP' and p.key = m.membership_id::text)
limit 20

-- name: unlogged_confirmation
select c.number as key, 1 as version
from confirmation c
where not exists (select from ledger_entry e where e.type = 'CONFIRMATION' and e.key = c.number)
  and not exists (select from ledger_pending p where p.type = 'CONFIRMATION' and p.key = c.number)
limit 20

-- name: unlogged_transfer
select s.step_id::text as key, 1 as version
from transfer_step s
where not exists (select from ledger_entry e where e.type = 'TRANSFER' and e.key = s.step_id::text)
  and not exists (select from ledger_pending p where p.type = 'TRANSFER' and p.key = s.step_id::text)
limit 20

-- name: unlogged_key
select k.generation::text as key, 1 as version
from signing_key k
where false

-- name: unlogged_witness
select w.witness_id::text as key, 1 as version
from ledger_witness w
where not exists (select from ledger_entry e where e.type = 'WITNESS' and e.key = w.witness_id::text)
  and not exists (select from ledger_pending p where p.type = 'WITNESS' and p.key = w.witness_id::text)
limit 20

-- name: ended_by_none
-- Former versions whose end is no other version's beginning: nobody ended them.
select f.record_id::text as key, f.version
from record_version f
where f.superseded_at is not null and not exists (
  select from record_history() n where n.record_id = f.record_id and n.version > f.version and n.recorded_at = f.superseded_at)
limit 20

-- name: decided_otherwise
-- Reviews in another state than the step that ended them left them in. One that never had a step is older than steps are.
select r.review_id::text as key, r.version
from review r
left join lateral (
  select case s.step when 'CORRECTED' then 'DECIDED' when 'HANDED_OVER' then 'DECLINED' else s.step end as state
  from review_step s
  where s.thread_id = r.thread_id and s.review_id = r.review_id and s.step in ('DECIDED', 'CORRECTED', 'DECLINED', 'WITHDRAWN', 'HANDED_OVER')
  order by s.place desc
  limit 1
) last on true
where case when r.state in ('DECIDED', 'DECLINED', 'WITHDRAWN') then r.state end is distinct from last.state
  and exists (select from review_step s where s.thread_id = r.thread_id and s.review_id = r.review_id)
limit 20

-- name: agreed_otherwise
-- Agreements of which something else is in force than their latest version says, and members that take part otherwise than what
-- was last kept of them says.
select a.agreement_id as key, v.version
from agreement a
cross join lateral (
  select version, terms
  from agreement_version
  where agreement_id = a.agreement_id
  order by version desc
  limit 1
) v
where (a.name, a.name_en, a.asker_months, a.accept_workdays, a.decide_workdays) is distinct from (
  v.terms->>'name', v.terms->>'name_en', (v.terms->>'asker_months')::int, (v.terms->>'accept_workdays')::int,
  (v.terms->>'decide_workdays')::int)
union all
select coalesce(m.agreement_id, k.agreement_id) || ' ' || coalesce(m.tenant_id, k.tenant_id), 1
from agreement_member m
full join (
  select distinct on (agreement_id, tenant_id) agreement_id, tenant_id, participation, joined_on, left_on
  from agreement_membership
  order by agreement_id, tenant_id, place desc
) k on k.agreement_id = m.agreement_id and k.tenant_id = m.tenant_id
where (m.participation, m.joined_on, m.left_on) is distinct from (k.participation, k.joined_on, k.left_on)
limit 20

-- name: visible_record
-- A version of a record the caller may see, the latest of those if none is named; only while it may see its last word.
-- $1 key, $2 version or null; gives the scope that lets one read it too
select v.record_id::text as key, v.version, case v.family when 'ADVERSE' then 'flag.read' else 'record.read' end as scope
from record_history() v
where v.record_id = $1::text::uuid and (v.version = $2 or $2 is null)
  and exists (select from last_words() l where l.record_id = v.record_id)
order by v.version desc
limit 1

-- name: visible_review
-- The outcomes of a review, counted from 1; the last if none is named. $1 review, $2 which or null
select s.key, 1 as version
from (
  select step_id::text as key, row_number() over (order by place) as n
  from review_step
  where thread_id = (select thread_id from review where review_id = $1::text::uuid) and review_id = $1::text::uuid
    and step in ('DECIDED', 'CORRECTED', 'DECLINED', 'WITHDRAWN', 'HANDED_OVER')
) s
where s.n = $2 or $2 is null
order by s.n desc
limit 1

-- name: visible_rule
-- $1 identifier, $2 version or null
select identifier as key, version
from recognition_rule
where identifier = $1 and (version = $2 or $2 is null)
order by version desc
limit 1

-- name: visible_agreement
-- A version of an agreement, for who takes or took part in it. $1 identifier, $2 version or null
select v.agreement_id as key, v.version
from agreement_version v
where v.agreement_id = $1 and (v.version = $2 or $2 is null) and exists (
  select
  from agreement_membership m
  where m.agreement_id = v.agreement_id and m.tenant_id = any ((select current_setting('app.writes', true)::int[])::int[]))
order by v.version desc
limit 1

-- name: visible_membership
-- What became of one's own part in an agreement, counted from 1; the last if none is named. $1 identifier, $2 which or null
select s.key, 1 as version
from (
  select membership_id::text as key, row_number() over (order by place) as n
  from agreement_membership
  where agreement_id = $1 and tenant_id = any ((select current_setting('app.writes', true)::int[])::int[])
) s
where s.n = $2 or $2 is null
order by s.n desc
limit 1

-- name: visible_confirmation
-- A receipt, for who asked for it. $1 number, $2 version or null
select number as key, 1 as version
from confirmation
where number = $1 and owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and coalesce($2::int, 1) = 1

-- name: visible_transfer
-- The steps of a transfer, counted from 1; the last if none is named. $1 transfer, $2 which or null
select step_id::text as key, 1 as version
from transfer_step
where transfer_id = $1::text::uuid and (place = $2 or $2 is null)
order by place desc
limit 1

-- name: visible_to_all
-- What everybody may know: what became of signing keys and witnesses. $1 key, $2 version or null
select $1::text as key, coalesce($2::int, 1) as version

-- name: add_witness
-- $1 tenant, $2 public key
insert into ledger_witness (owner_id, public_key)
values ($1, $2)

-- name: is_of_another
-- What one signed would count as signed by both. $1 public key, $2 tenant
select exists (select from ledger_witness where public_key = $1 and owner_id <> $2)

-- name: witness
-- The key of a tenant that counts now. $1 tenant
select witness_id, public_key
from ledger_witness
where owner_id = $1
order by registered_at desc
limit 1

-- name: cosign
-- $1 size, $2 tenant, $3 witness, $4 when, $5 line
insert into ledger_cosignature (size, owner_id, witness_id, signed_at, line)
values ($1, $2, $3, $4, $5)
