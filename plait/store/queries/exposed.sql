-- Workflows that are offered elsewhere than over the API: to agents (`mcp`), in chats (`chat`).

-- name: offered
-- Each with the version that the environment runs, if that one is offered there.
  from workflows w
  join environments e on e.project = w.project and e.name = $2::text
  left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
  join workflow_versions v
    on v.workflow_id = w.id and v.version = case when e.follows_newest then w.version else p.version end
 where w.project = $1 and w.enabled and not w.archived and not w.system and w.deleted_at is null
   and $3::text = any(v.exposed)

-- name: list_offered
-- By slug, those behind the one that is given.
select w.slug, w.name, w.description, v.version, v.definition
{offered}
   and w.slug > $4::text
 order by w.slug
 limit $5;

-- name: read_offered
select w.slug, w.name, w.description, v.version, v.definition
{offered}
   and w.slug = $4::text;

-- name: is_offered_run
-- Whether the version that this run executes is offered there.
select exists (
    select from workflow_runs r
      join workflow_versions v on v.workflow_id = r.workflow_id and v.version = r.version
     where r.project = $1 and r.id = $2 and $3::text = any(v.exposed));

-- name: list_open_gates
-- The open gates of runs whose version is offered there, the newest first.
select g.id
  from gates g
  join workflow_runs r on r.id = g.run_id
  join workflow_versions v on v.workflow_id = r.workflow_id and v.version = r.version
 where g.project = $1 and g.status = 'open' and r.environment = $2
   and $3::text = any(v.exposed) and ($4::uuid is null or g.run_id = $4)
 order by g.opened_at desc, g.id desc
 limit $5;
