-- The runs of sub-workflows, as the node sees them that has one.

-- name: read_above
-- What a child takes over from the run above it.
select r.depth, r.owner, r.priority, r.traceparent, w.slug
  from workflow_runs r join workflows w on w.id = r.workflow_id
 where r.project = $1 and r.id = $2;

-- name: find_child
select r.id, r.version, r.status, r.error, r.output, r.output_ref, r.output_size, r.output_sha256, w.slug
  from workflow_runs r join workflows w on w.id = r.workflow_id
 where r.project = $1 and r.parent_run_id = $2 and r.parent_path = $3 and r.parent_generation = $4;

-- name: find_waiting_parent
-- Whom to tell of a run's end. Noted at once, so that the sweeper leaves it alone for a while.
update workflow_runs set parent_told_at = $2
 where id = $1 and parent_path is not null
returning parent_run_id, parent_path, parent_generation;

-- name: claim_ended
-- Children that have ended while the nodes of their parents still wait: found by way of the nodes that
-- wait, which are few.
with due as (
    select c.id
      from node_runs n
      join workflow_runs c on c.parent_run_id = n.run_id and c.parent_path = n.path and c.parent_generation = n.generation
      join workflow_runs p on p.id = n.run_id
     where n.type = 'subworkflow' and n.status = 'running'
       and c.status in ('completed', 'failed', 'cancelled', 'terminated')
       and p.status in ('running', 'paused', 'stopping')
       and coalesce(c.parent_told_at, '-infinity') <= $1::timestamptz - interval '3 seconds'
     order by c.id limit $2
       for update of c skip locked
)
update workflow_runs c set parent_told_at = $1 from due where c.id = due.id
returning c.parent_run_id, c.parent_path, c.parent_generation;

-- name: list_open_children
-- The sub-workflows that a run waits for and that go on; of one that was detached the node has completed.
select c.id
  from workflow_runs c
  left join node_runs n on n.run_id = c.parent_run_id and n.path = c.parent_path and n.generation = c.parent_generation
 where c.parent_run_id = $1 and c.parent_path is not null
   and c.status in ('pending', 'running', 'paused', 'stopping') and n.status is distinct from 'completed'
 order by c.id;

-- name: list_orphans
-- Children that go on though the run above has ended without stopping them, as when it was terminated. Of one
-- that was detached the node has completed.
select c.id, c.project
  from workflow_runs c
  join workflow_runs p on p.id = c.parent_run_id
  left join node_runs n on n.run_id = c.parent_run_id and n.path = c.parent_path and n.generation = c.parent_generation
 where c.parent_path is not null and c.status in ('pending', 'running', 'paused')
   and c.requested is distinct from 'cancel' and n.status is distinct from 'completed'
   and p.status in ('completed', 'failed', 'cancelled', 'terminated')
 order by c.id limit $1;
