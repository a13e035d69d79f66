-- Agents: a project's own with their versions, and those that workers publish.

-- name: list_agents
-- The newest version of each.
select a.name, a.version, v.hash, v.definition
  from agents a join agent_versions v using (project, name, version)
 where a.project = $1 and a.deleted_at is null order by a.name;

-- name: list_code_agents
-- The newest definition of each that workers offer or ever offered.
select c.name, c.entry ->> 'hash' as hash, d.definition
  from catalogue c join code_agents d on d.name = c.name and d.hash = c.entry ->> 'hash'
 where c.kind = 'agent' order by c.name;

-- name: find_definition
-- By its hash, whoever says it.
select definition from agent_versions where project = $1 and name = $2 and hash = $3
union all
select definition from code_agents where name = $2 and hash = $3
limit 1;

-- name: list_versions
select version, hash, definition, by, at from agent_versions where project = $1 and name = $2 order by version desc;

-- name: lock_agent
-- One that was deleted too: its versions count on.
select version, deleted_at from agents where project = $1 and name = $2 for update;

-- name: insert_agent
insert into agents (project, name, version, created_by, created_at, updated_at) values ($1, $2, 1, $3, $4, $4)
on conflict do nothing returning name;

-- name: move_agent
update agents set version = $3, deleted_at = null, updated_at = $4 where project = $1 and name = $2;

-- name: insert_version
insert into agent_versions (project, name, version, hash, definition, by, at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: delete_agent
update agents set deleted_at = $3 where project = $1 and name = $2 and deleted_at is null returning name;
