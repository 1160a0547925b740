-- name: prepare
-- Staging for what is made in Python; the load bypasses triggers, so that no announcement is written.
create unlogged table bench_authority (
  place int primary key,
  tenant_id int not null,
  credit_code text not null,
  name text not null,
  region text not null
);
create unlogged table bench_enterprise (
  n int primary key,
  credit_code text not null,
  name text not null,
  region text not null
);
create unlogged table bench_person (
  n bigint primary key,
  person_id uuid not null,
  name text not null,
  name_shown text not null,
  id_shown text not null,
  safety_hash bytea not null,
  special_hash bytea not null
);
alter table record no force row level security;
alter table record disable trigger user;

-- name: load_certificates
-- Two certificates a person, of two kinds and two authorities; about one in twenty has ended.
-- $1 the day, $2 authorities, $3 enterprises
insert into record (
  owner_id, kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
  employer_name, region, issuer_code, issuer_name, first_issued_on, valid_from, valid_to, review_due_on, reviewed_on,
  reported_status, body, sealed, fingerprint, recorded_on, recorded_at)
select
  a.tenant_id, k.kind, 'CERTIFICATE', sha256(convert_to(k.kind || p.n, 'UTF8')), 2, p.person_id, e.credit_code, p.name,
  p.name_shown, p.id_shown, case when k.step = 0 then p.safety_hash else p.special_hash end, k.prefix || p.id_shown,
  e.name, a.region, a.credit_code, a.name, v.begins, v.begins, (v.begins + make_interval(years => k.years))::date - 1, v.due,
  case when v.due < $1::date and p.n % 12 <> 0 then v.due - 10 end,
  case when p.n % 50 = 7 then 'SUSPENDED' else 'VALID' end, k.body::jsonb,
  sha256(convert_to('sealed' || p.n, 'UTF8')) || sha256(convert_to('value' || p.n, 'UTF8')),
  sha256(convert_to('print' || k.kind || p.n, 'UTF8')), $1::date - 1,
  ($1::date)::timestamp at time zone 'Asia/Shanghai' - make_interval(secs => p.n * 4 + k.step)
from bench_person p
cross join (values
  ('SAFETY_MANAGEMENT', 0, '', 3, 1150, '{"personType": "SAFETY_MANAGER", "industryCategory": "其他工贸", "retrainingHours": 16}'),
  ('SPECIAL_OPERATION', 3, 'T', 6, 2250, '{"operationCode": "1.1", "operationName": "低压电工作业"}')
) as k (kind, step, prefix, years, span, body)
cross join lateral (
  select b.begins, case when k.step = 3 then (b.begins + interval '3 years')::date end as due
  from (select $1::date - (p.n * 7919 % k.span)::int as begins) b
) v
join bench_authority a on a.place = (p.n * 7 + k.step) % $2::int
join bench_enterprise e on e.n = p.n * 31 % $3::int

-- name: load_appointments
-- One post a person. $1 the day, $2 authorities, $3 enterprises
insert into record (
  owner_id, kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, employer_name, region,
  valid_from, body, sealed, fingerprint, recorded_on, recorded_at)
select
  a.tenant_id, 'APPOINTMENT', 'PRESENCE', sha256(convert_to('APPOINTMENT' || p.n, 'UTF8')), 2, p.person_id, e.credit_code,
  p.name, p.name_shown, p.id_shown, e.name, a.region, $1::date - (p.n % 700)::int, '{"post": "SAFETY_MANAGER"}',
  sha256(convert_to('sealed' || p.n, 'UTF8')), sha256(convert_to('post' || p.n, 'UTF8')), $1::date - 1,
  ($1::date)::timestamp at time zone 'Asia/Shanghai' - make_interval(secs => p.n * 4 + 2)
from bench_person p
join bench_authority a on a.place = (p.n * 7 + 11) % $2::int
join bench_enterprise e on e.n = p.n * 31 % $3::int

-- name: load_gradings
-- Three gradings an enterprise, by three authorities. $1 the day, $2 authorities
insert into record (
  owner_id, kind, family, key_hash, audience, credit_code, name, name_shown, region, issuer_code, issuer_name, effective_on,
  review_due_on, band, decision_number, body, fingerprint, recorded_on, recorded_at)
select
  a.tenant_id, 'RISK_GRADING', 'RISK', sha256(convert_to('RISK_GRADING' || e.n || '-' || g, 'UTF8')), 2, e.credit_code,
  e.name, e.name, a.region, a.credit_code, a.name, $1::date - (e.n * 13 % 300) - g * 365, $1::date + 700,
  (array['BLUE', 'YELLOW', 'ORANGE', 'BLUE', 'YELLOW'])[1 + (e.n + g) % 5], '评字' || e.n || '-' || g,
  jsonb_build_object('scheme', '演示办法' || g, 'legalBasis', '《安全生产法》第四十一条', 'score', 60 + (e.n + g) % 40),
  sha256(convert_to('grading' || e.n || '-' || g, 'UTF8')), $1::date - 1,
  ($1::date)::timestamp at time zone 'Asia/Shanghai' - make_interval(secs => e.n * 4 + g)
from bench_enterprise e
cross join generate_series(0, 2) as g
join bench_authority a on a.place = (e.n + g * 5) % $2::int

-- name: load_flags
-- A standing flag on every third enterprise, a lifted one on every fifth. $1 the day, $2 authorities
insert into record (
  owner_id, kind, family, key_hash, audience, credit_code, name, name_shown, region, issuer_code, issuer_name, effective_on,
  lifted_on, band, decision_number, body, fingerprint, recorded_on, recorded_at)
select
  a.tenant_id, 'RISK_FLAG', 'ADVERSE', sha256(convert_to('RISK_FLAG' || e.n || f.sort, 'UTF8')), 3, e.credit_code, e.name,
  e.name, a.region, a.credit_code, a.name, $1::date - 100 - e.n % 200, case when f.sort = 'lifted' then $1::date - 20 end,
  'ORANGE', '罚字' || e.n || f.sort,
  jsonb_build_object('category', 'MAJOR_HIDDEN_DANGER', 'cause', '重大事故隐患', 'legalBasis', '《安全生产法》第一百零二条'),
  sha256(convert_to('flag' || e.n || f.sort, 'UTF8')), $1::date - 1,
  ($1::date)::timestamp at time zone 'Asia/Shanghai' - make_interval(secs => e.n * 4 + 3)
from bench_enterprise e
join (values ('standing', 3), ('lifted', 5)) as f (sort, every) on e.n % f.every = 0
join bench_authority a on a.place = (e.n * 3) % $2::int

-- name: finish
drop table bench_authority, bench_enterprise, bench_person;
alter table record enable trigger user;
alter table record force row level security;

-- name: settle
vacuum (analyze) record

-- name: graded
-- What bears the names of firms.
select record_id
from record
where kind = 'RISK_GRADING'
order by record_id

-- name: describe
select current_setting('server_version') as server, pg_database_size(current_database()) / 1048576 as megabytes

-- name: backend
select pg_backend_pid()

-- name: plain_table
-- The same columns as record, no index, no constraint, no trigger.
create table bench_plain as select * from record where false

-- name: imported
select * from record where batch_id = $1

-- name: drop_plain
drop table bench_plain
