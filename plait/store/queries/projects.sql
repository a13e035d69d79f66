-- A whole project, for its export.

-- name: measure_sources
-- How many bytes the documents of its versions have together, known before any of them is read.
select coalesce(sum(octet_length(sources.source)), 0)
       + (select coalesce(sum(octet_length(t.listed)), 0) from tool_sources t where t.project = $1)
  from ({sources}) sources;

-- name: list_workflows
-- Every workflow with what is not in its documents, and the versions that environments were pointed to.
select w.slug, w.name, w.description, w.tags, w.visibility, w.enabled, w.archived, w.owner, w.version, w.layout,
       w.draft_source, w.draft_type,
       coalesce((select jsonb_object_agg(p.environment, p.version) from workflow_pointers p
                  where p.workflow_id = w.id), '{}') as environments
  from workflows w
 where w.project = $1 and w.deleted_at is null and not w.system
 order by w.slug;

-- name: list_sources
-- The documents of the versions that some environment runs, or a schedule starts.
select w.slug, v.version, v.source, v.source_type
  from workflows w
  join workflow_versions v on v.workflow_id = w.id
 where w.project = $1 and w.deleted_at is null and not w.system
   and (v.version = w.version
        or exists (select from workflow_pointers p where p.workflow_id = w.id and p.version = v.version)
        or exists (select from schedules s
                    where s.workflow_id = w.id and s.version = v.version and s.deleted_at is null))

-- name: list_variables
select environment, name, value from environment_variables where project = $1 order by environment, name;

-- name: list_schedules
select w.slug, s.* from schedules s join workflows w on w.id = s.workflow_id
 where s.project = $1 and s.deleted_at is null and w.deleted_at is null order by w.slug;

-- name: insert_environment
-- Behind those that there are.
insert into environments (project, name, position, follows_newest, protected, approvers)
select $1, $2, coalesce(max(position), 0) + 1, $3, $4, $5 from environments where project = $1
on conflict do nothing
returning name;

-- name: find_version
-- The newest version of this document.
select max(version) from workflow_versions where workflow_id = $1 and hash = $2 and not ad_hoc;
