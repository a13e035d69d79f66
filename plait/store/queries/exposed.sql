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

-- name: above
-- A run and the runs above it: what runs for an offered workflow is offered with it.
with recursive above as (
    select r.id, r.parent_run_id, r.workflow_id, r.version from workflow_runs r where r.id = {run}
    union all
    select r.id, r.parent_run_id, r.workflow_id, r.version
      from above join workflow_runs r on r.id = above.parent_run_id
)
select from above
  join workflow_versions v on v.workflow_id = above.workflow_id and v.version = above.version
 where $3::text = any(v.exposed)

-- name: is_offered_run
select exists (select from workflow_runs where project = $1 and id = $2) and exists ({above});

-- name: list_open_gates
-- The open gates of such runs, or of those that run for one of them, the newest first.
select g.id
  from gates g
  join workflow_runs r on r.id = g.run_id
 where g.project = $1 and g.status = 'open' and r.environment = $2
   and exists ({above} and ($4::uuid is null or above.id = $4))
 order by g.opened_at desc, g.id desc
 limit $5;
