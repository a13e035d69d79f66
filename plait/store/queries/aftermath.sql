-- What a run that failed leaves to the workflow that is started for it.

-- name: read_failed
-- The run as its expressions see it; nothing where it did not fail, or was itself started for a failure.
select r.id, r.project, r.environment, r.env, r.started_at, r.error, r.plan_hash, r.priority, r.traceparent,
       r.input, r.input_ref, r.input_size, r.input_sha256, w.slug
  from workflow_runs r join workflows w on w.id = r.workflow_id
 where r.id = $1 and r.status = 'failed' and r.origin ->> 'kind' is distinct from 'on_failure';

-- name: read_nodes
-- The newest of each of these nodes of the root.
select distinct on (path) path, status, outcome, error, metadata,
       input, input_ref, input_size, input_sha256, output, output_ref, output_size, output_sha256
  from node_runs where run_id = $1 and path = any($2::text[])
 order by path, generation desc;

-- name: list_unanswered
-- Failures since then whose document wants a run for them, and about which nothing was done.
select r.id, r.project, r.plan_hash
  from workflow_runs r
  join workflow_versions v on v.workflow_id = r.workflow_id and v.version = r.version
 where r.status = 'failed' and r.completed_at > $1 and v.on_failure is not null
   and r.origin ->> 'kind' is distinct from 'on_failure'
   and not exists (select from aftermaths a where a.run_id = r.id)
 order by r.completed_at limit $2;

-- name: note_aftermath
insert into aftermaths (run_id, at, started, refusal) values ($1, $2, $3, $4) on conflict do nothing;
