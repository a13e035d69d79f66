-- name: create_table
create table if not exists schema_migrations (
    version     integer primary key,
    name        text not null,
    checksum    text not null,
    applied_at  timestamptz not null default now()
)

-- name: has_table
-- It may be there and not yet be ours to read, when the first migration is under way.
select coalesce(has_table_privilege(to_regclass('schema_migrations'), 'select'), false)

-- name: read_version
select coalesce(max(version), 0) from schema_migrations

-- name: read_applied
select version, checksum from schema_migrations order by version

-- name: record_migration
insert into schema_migrations (version, name, checksum) values ($1, $2, $3)

-- name: forget_migration
-- Takes the same arguments as its counterpart, so that a step up and a step down are one function.
delete from schema_migrations where version = $1 and name = $2 and length($3::text) > 0

-- name: try_lock
select pg_try_advisory_lock($1)

-- name: has_role
select exists (select from pg_roles where rolname = $1)

-- name: create_role
create role plait_app login

-- name: set_password
-- `alter role` takes no parameters; format() quotes them.
select format('alter role %I login password %L', $1::text, $2::text)

-- name: grant_rights
-- A new table has its rights from the moment its migration commits: who waits for the schema may
-- use it at once.
grant usage on schema public to plait_app;
grant select, insert, update, delete on all tables in schema public to plait_app;
alter default privileges in schema public grant select, insert, update, delete on tables to plait_app;
revoke insert, update, delete on schema_migrations from plait_app;
