-- Environments, their variables, and which version each of them runs.

-- name: list_environments
select name, follows_newest, protected, approvers from environments where project = $1 order by position, name;

-- name: read_environment
select name, follows_newest, protected, approvers from environments where project = $1 and name = $2;

-- name: list_variables
select name, value, by, at from environment_variables
 where project = $1 and environment = $2 and ($3::text is null or name = $3) order by name;

-- name: put_variable
insert into environment_variables (project, environment, name, value, by, at) values ($1, $2, $3, $4, $5, $6)
on conflict (project, environment, name) do update set value = excluded.value, by = excluded.by, at = excluded.at
where environment_variables.value <> excluded.value;

-- name: delete_variable
delete from environment_variables where project = $1 and environment = $2 and name = $3 returning name;

-- name: list_readers
-- Where a variable is read: by the versions that this environment runs now.
select w.slug, v.version, d.key as name, d.value as declared
  from workflows w
  join environments e on e.project = w.project and e.name = $2
  left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
  join workflow_versions v on v.workflow_id = w.id
                          and v.version = case when e.follows_newest then w.version else p.version end
  cross join lateral jsonb_each(v.env) d
 where w.project = $1 and w.deleted_at is null and ($3::text is null or d.key = $3)
 order by w.slug, d.key;

-- name: list_pointers
-- What each environment runs of one workflow; nothing for one to which nothing was promoted.
select e.name as environment, case when e.follows_newest then w.version else p.version end as version,
       coalesce(p.by, v.created_by) as by, coalesce(p.at, v.created_at) as at
  from workflows w
  join environments e on e.project = w.project
  left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name and not e.follows_newest
  left join workflow_versions v on v.workflow_id = w.id and v.version = w.version and e.follows_newest
 where w.id = $1 and coalesce(p.version, v.version) is not null
 order by e.position, e.name;

-- name: list_promoted
-- The slugs of those among these workflows that run in an environment.
select w.slug
  from workflows w
  join environments e on e.project = w.project and e.name = $2
  left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
 where w.project = $1 and w.slug = any($3::text[]) and w.deleted_at is null
   and (p.version is not null or (e.follows_newest and w.version > 0));

-- name: move_pointer
insert into workflow_pointers (project, workflow_id, environment, version, by, at) values ($1, $2, $3, $4, $5, $6)
on conflict (workflow_id, environment) do update
   set version = excluded.version, by = excluded.by, at = excluded.at;

-- name: read_pointer
select version from workflow_pointers where workflow_id = $1 and environment = $2;
