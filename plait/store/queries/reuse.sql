-- Reruns: what they take from the run before them, and how runs hang together by them.

-- name: read_source
select plan_hash from workflow_runs where project = $1 and id = $2;

-- name: find_results
-- What these paths came to in a run, as far as it may be taken over: they completed, were not undone, and their
-- payloads are there as they were written.
select n.path, n.type, n.outcome, n.metadata, n.why, n.ready_at, n.input, n.input_ref, n.input_size, n.input_sha256,
       n.output, n.output_ref, n.output_size, n.output_sha256
  from unnest($2::text[]) as wanted (path)
 cross join lateral (
     select * from node_runs where run_id = $1 and path = wanted.path order by generation desc limit 1 offset 0) n
  left join payloads i on i.id = n.input_ref
  left join payloads o on o.id = n.output_ref
 where n.status = 'completed' and n.output_sha256 is not null
   and (n.output_ref is null or o.sha256 = n.output_sha256)
   and (n.input_ref is null or i.sha256 = n.input_sha256)
   and not exists (select from node_runs undone where undone.run_id = $1 and undone.path = n.path || '~undo');

-- name: refer_to_results
-- The payloads of the source stay as long as the run that may take them over.
insert into payload_refs (payload_id, run_id)
select r.payload_id, $2 from payload_refs r join payloads p on p.id = r.payload_id
 where r.run_id = $1 and p.kind <> 'execution'
    on conflict do nothing;

-- name: lock_source
-- It is not deleted before the run that reads it has ended, or this insert was given up.
select id from workflow_runs where project = $1 and id = $2 for key share;

-- name: is_purged
-- Whether results of a run are gone: those of nodes that completed, or of all.
select exists (
    select from node_runs n
     where n.run_id = r.id and n.status = 'completed'
       and (n.input_ref is not null and not exists (select from payloads p where p.id = n.input_ref)
            or n.output_ref is not null and not exists (select from payloads p where p.id = n.output_ref)))
    or r.completed_nodes > 0 and not exists (select from node_runs n where n.run_id = r.id)
  from workflow_runs r where r.id = $1;

-- name: insert_override
-- What becomes of a node is told to the run with its start. The files that the output names stay as long as the run.
with referred as (
    insert into payload_refs (payload_id, run_id)
    select p.id, $3 from payloads p where p.project = $2 and p.id = any($8::uuid[])
    on conflict do nothing
)
insert into overrides (id, project, run_id, path, generation, action, output, given, by, at, delivered_at)
values ($1, $2, $3, $4, 0, $5, $6, $7, $9, $10, $10);
