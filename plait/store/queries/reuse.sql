-- Reruns: what they take from the run before them, and how runs hang together by them.

-- name: read_source
select plan_hash, uses from workflow_runs where project = $1 and id = $2;

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
-- It is neither deleted nor purged before the run that reads it has ended, or this insert was given up.
select id from workflow_runs where project = $1 and id = $2 for key share;

-- name: is_purged
-- Whether results of a run are gone: those of nodes that completed, or of all.
select exists (
    select from node_runs n
     where n.run_id = r.id and n.status = 'completed'
       and (n.input_ref is not null and not exists (select from payloads p where p.id = n.input_ref)
            or n.output_ref is not null and not exists (select from payloads p where p.id = n.output_ref)))
    or r.purged_at is not null or r.completed_nodes > 0 and not exists (select from node_runs n where n.run_id = r.id)
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

-- name: read_rerun_source
-- What a rerun takes over of the run itself.
select id, project, workflow_id, version, plan_hash, environment, key, tags, metadata, priority, env, uses, last_seq,
       input, input_ref, input_size, input_sha256, purged_at
  from workflow_runs where project = $1 and id = $2;

-- name: count_ends
-- How the instances of each node ended, those of items and laps together; the rows of items, laps and compensations
-- themselves are left out.
select n.node, n.status, count(*)::integer as count
  from node_runs n
 where n.run_id = $1 and (n.path = n.node or n.path like '%.' || n.node)
   and not exists (select from node_runs newer
                    where newer.run_id = n.run_id and newer.path = n.path and newer.generation > n.generation)
 group by n.node, n.status;

-- name: list_undone
select distinct node from node_runs where run_id = $1 and path like '%~undo';

-- name: list_lineage
-- The oldest run that this one goes back to by reruns, and all that were made of it. A rerun's source may be gone.
with recursive back as (
    select id, parent_run_id, rerun, 0 as steps from workflow_runs where project = $1 and id = $2
    union all
    select r.id, r.parent_run_id, r.rerun, back.steps + 1
      from back join workflow_runs r on r.id = back.parent_run_id and r.project = $1
     where back.rerun is not null
), related as (
    select id, 0 as depth from (select id from back order by steps desc limit 1) root
    union all
    select r.id, related.depth + 1
      from related join workflow_runs r on r.parent_run_id = related.id and r.project = $1 and r.rerun is not null
)
select r.id, case when related.depth > 0 then r.parent_run_id end as parent_run_id, related.depth, r.rerun, r.version,
       r.environment, r.status, r.flags, r.started_by, r.created_at, r.started_at, r.completed_at
  from related join workflow_runs r on r.id = related.id
 order by related.depth = 0 desc, r.created_at, r.id
 limit 1000;

-- name: compare_nodes
-- The newest rows of each path of two runs, side by side, from behind a sort key; all, or ($5) those that differ.
select coalesce(l.path, r.path) as path, coalesce(l.node, r.node) as node, coalesce(l.type, r.type) as type,
       coalesce(l.sort_key, r.sort_key) as sort_key, to_jsonb(l) as left, to_jsonb(r) as right
  from (select n.* from node_runs n
         where n.run_id = $1 and n.sort_key > $3
           and not exists (select from node_runs newer where newer.run_id = n.run_id and newer.path = n.path
                                                         and newer.generation > n.generation)) l
  full join (select n.* from node_runs n
              where n.run_id = $2 and n.sort_key > $3
                and not exists (select from node_runs newer where newer.run_id = n.run_id and newer.path = n.path
                                                              and newer.generation > n.generation)) r
    on r.path = l.path
 where not $5 or l.path is null or r.path is null
    or (l.status, l.outcome, l.input_sha256, l.output_sha256)
       is distinct from (r.status, r.outcome, r.input_sha256, r.output_sha256)
 order by coalesce(l.sort_key, r.sort_key) collate "C", 1
 limit $4;

-- name: read_compared
select r.id, r.workflow_id, r.version, r.environment, r.status, r.started_at, r.completed_at, r.cost_usd, r.input, r.input_ref,
       r.input_size, r.input_sha256, r.output, r.output_ref, r.output_size, r.output_sha256, r.purged_at
  from workflow_runs r where r.project = $1 and r.id = $2;
