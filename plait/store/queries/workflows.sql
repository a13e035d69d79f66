-- Workflows and their versions. A version never changes; `revision` counts every change of the rest.

-- name: read_workflow
-- One workflow with its newest version and its last run. One that waits for its last run to end
-- before it goes is gone already.
select w.*, v.hash, v.plan_hash, v.definition, v.source, v.source_type, v.warnings,
       {environments},
       r.id as run_id, r.status as run_status, r.created_at as run_created_at, r.completed_at as run_completed_at
  from workflows w
  left join workflow_versions v on v.workflow_id = w.id and v.version = w.version
  left join lateral (
      select id, status, created_at, completed_at from workflow_runs
       where project = w.project and workflow_id = w.id
       order by created_at desc, id desc limit 1) r on true
 where w.project = $1 and (w.id = $2::uuid or w.slug = $3::text) and w.deleted_at is null;

-- name: environments
-- What each environment runs of a workflow, for the two queries around it.
coalesce((select jsonb_object_agg(e.name, case
                     when e.follows_newest then jsonb_build_object('version', w.version, 'at', v.created_at, 'by', v.created_by)
                     else jsonb_build_object('version', p.version, 'at', p.at, 'by', p.by) end)
            from environments e
            left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
           where e.project = w.project
             and case when e.follows_newest then w.version > 0 else p.version is not null end), '{}') as environments

-- name: list_workflows
-- A page of summaries, newest first.
select w.id, w.slug, w.name, w.description, w.version, w.tags, w.visibility, w.enabled, w.archived, w.owner,
       w.created_by, w.created_at, w.updated_at, v.hash, v.total_nodes,
       {environments},
       r.id as run_id, r.status as run_status, r.created_at as run_created_at, r.completed_at as run_completed_at
  from workflows w
  left join workflow_versions v on v.workflow_id = w.id and v.version = w.version
  left join lateral (
      select id, status, created_at, completed_at from workflow_runs
       where project = w.project and workflow_id = w.id
       order by created_at desc, id desc limit 1) r on true
 where w.project = $1 and w.deleted_at is null and not w.system
   and ($2::text is null or $2 = any(w.tags))
   and w.archived = $3
   and ($4::text is null or w.slug ilike $4 or w.name ilike $4)
   and ($5::timestamptz is null or (w.created_at, w.id) < ($5, $6::uuid))
 order by w.created_at desc, w.id desc
 limit $7;

-- name: count_workflows
-- How many match, exact up to ten thousand.
select count(*) from (
    select from workflows w
     where w.project = $1 and w.deleted_at is null and not w.system
       and ($2::text is null or $2 = any(w.tags))
       and w.archived = $3
       and ($4::text is null or w.slug ilike $4 or w.name ilike $4)
     limit 10001) counted;

-- name: lock_workflow
-- Edits of one workflow go one after the other; a start that goes on at the same time comes before or
-- after as a whole, because its row refers to this one. Nobody edits Plait's own.
select w.*, v.hash, v.definition,
       (select coalesce(max(version), 0) from workflow_versions where workflow_id = w.id) as last_version
  from workflows w
  left join workflow_versions v on v.workflow_id = w.id and v.version = w.version
 where w.project = $1 and (w.id = $2::uuid or w.slug = $3::text) and w.deleted_at is null
   and w.system = $4
   for update of w;

-- name: insert_workflow
-- Returns nothing if the slug is taken, also by one that is on its way out.
insert into workflows (id, project, slug, name, owner, created_by, created_at, updated_at, system)
values ($1, $2, $3, $4, $5, $6, $7, $7, $8)
on conflict (project, slug) do nothing
returning id;

-- name: insert_version
insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source, source_type,
                               total_nodes, warnings, created_by, created_at, env, exposed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: point_to_version
-- The document's own words for the envelope win where it has some.
update workflows
   set version = $2, name = coalesce($3, name), description = coalesce($4, description), tags = coalesce($5, tags),
       revision = revision + 1, updated_at = $6
 where id = $1;

-- name: update_envelope
update workflows
   set name = $2, description = $3, tags = $4, visibility = $5, enabled = $6, archived = $7, owner = $8,
       revision = revision + 1, updated_at = $9
 where id = $1;

-- name: put_draft
update workflows
   set draft_source = $2, draft_type = $3, draft_at = $4, revision = revision + 1, updated_at = $4
 where id = $1;

-- name: clear_draft
update workflows
   set draft_source = null, draft_type = null, draft_at = null, revision = revision + 1, updated_at = $2
 where id = $1;

-- name: put_layout
-- Not an edit: positions count for no version and stop nobody's edit.
update workflows set layout = $4
 where project = $1 and (id = $2::uuid or slug = $3::text) and deleted_at is null
returning layout;

-- name: list_live_runs
select id from workflow_runs
 where workflow_id = $1 and status in ('pending', 'running', 'paused', 'stopping') order by id;

-- name: delete_workflow
delete from workflows where id = $1;

-- name: mark_deleted
-- No run starts any more; the row goes once the last one has ended.
update workflows set deleted_at = $2, enabled = false, revision = revision + 1, updated_at = $2 where id = $1;

-- name: has_many_runs
-- More than go along with their workflow in one statement.
select count(*) > $2 from (select from workflow_runs where workflow_id = $1 limit $2 + 1) counted;

-- name: sweep_runs_of_deleted
-- Ended runs of workflows that are on their way out, some at a time.
delete from workflow_runs where id in (
    select r.id from workflow_runs r join workflows w on w.id = r.workflow_id
     where w.deleted_at is not null and r.status in ('completed', 'failed', 'cancelled', 'terminated') limit $1)
returning id;

-- name: sweep_deleted
delete from workflows w
 where w.deleted_at is not null and not exists (select from workflow_runs r where r.workflow_id = w.id);

-- name: is_there
-- Also while it is on its way out.
select exists (select from workflows where project = $1 and id = $2);

-- name: list_versions
select v.version, v.hash, v.total_nodes, v.source_type, v.warnings, v.created_by, v.created_at
  from workflow_versions v
 where v.project = $1 and v.workflow_id = $2 and ($3::integer is null or v.version < $3)
 order by v.version desc
 limit $4;

-- name: read_version
select v.* from workflow_versions v
 where v.project = $1 and v.workflow_id = $2 and v.version = $3;

-- name: list_slugs
-- Every workflow that has a version.
select slug, version from workflows
 where project = $1 and version > 0 and deleted_at is null and not system order by slug;

-- name: list_definitions
-- The newest definitions of these workflows.
select w.slug, v.version, v.definition
  from workflows w join workflow_versions v on v.workflow_id = w.id and v.version = w.version
 where w.project = $1 and w.slug = any($2::text[]) and w.deleted_at is null;
