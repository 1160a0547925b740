-- What has to be known of a server and of a login before the hub uses them.

-- name: describe_server
select
  current_setting('server_version_num')::int as version_number,
  current_setting('server_version') as version,
  pg_encoding_to_char(encoding) as encoding,
  datctype as ctype
from pg_database
where datname = current_database();

-- name: knows_chinese
-- With a C locale no Chinese character counts as a letter, and text search silently finds nothing.
select '安全生产' ~ '^[[:alpha:]]+$';

-- name: describe_role
-- The role the pool works as: row security means nothing to a superuser or to BYPASSRLS.
select
  rolname as name,
  rolsuper or rolbypassrls as is_above_row_security
from pg_roles
where rolname = current_user;
