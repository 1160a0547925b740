-- How announcements become a stream. Guarantees:
--   * positions are given to committed events only, by one numbering process at a time, without gaps;
--   * each worker's progress is a row that moves in the same transaction as the work it stands for;
--   * an announcement that a worker could not handle is a row to look at, never a silent loss.

create table stream_head (
  only_row boolean primary key default true check (only_row),
  position bigint not null
);
insert into stream_head (position) values (0);

create table worker_cursor (
  worker text primary key,
  position bigint not null default 0,
  moved_at timestamptz not null default now()
);
insert into worker_cursor (worker) values ('triggers');

create table worker_failure (
  worker text not null,
  position bigint not null,
  event_id uuid not null,
  error text not null,
  failed_at timestamptz not null default now(),
  resolved_at timestamptz,
  primary key (worker, position)
);

grant select, update on stream_head to exchange_hub;
grant select, insert, update on worker_cursor, worker_failure to exchange_hub;
grant select on stream_head to exchange_app;
