-- The event log of a run: append-only, `seq` without gaps from 1.

-- name: page_after
-- What came after a place in the log, of some types and paths if asked for.
select seq, type, time, run_id, node, path, attempt, data
  from run_events
 where run_id = $1 and seq > $2
   and ($3::text[] is null or type = any($3))
   and ($4::text[] is null or path = any($4) or exists (
        select from unnest($4::text[]) p
        where starts_with(run_events.path, p || '.') or starts_with(run_events.path, p || '~')))
 order by seq
 limit $5;

-- name: list_logs
-- Lines of the log, of some levels and below some path if asked for.
select seq, time, node, path, attempt, data ->> 'level' as level, data ->> 'message' as message
  from run_events
 where run_id = $1 and seq > $2 and type = 'workflow.node.log'
   and data ->> 'level' = any($3::text[])
   and ($4::text is null or path = $4 or starts_with(path, $4 || '.') or starts_with(path, $4 || '~'))
 order by seq
 limit $5;

-- name: read_end
-- Whether the run has ended, and how far its log goes.
select id, purged_at, status, last_seq, status in ('completed', 'failed', 'cancelled', 'terminated') as ended
  from workflow_runs where project = $1 and id = $2;

-- name: list_edges
-- The settled in-edges as nodes' events told of them, up to a place in the log.
select node, data -> 'edges' as edges
  from run_events
 where run_id = $1 and seq <= $2 and path = any($3::text[])
   and type in ('workflow.edge.settled', 'workflow.node.started')
 order by seq;

-- name: list_states_at
-- Each path's last event up to a place in the log.
select distinct on (path) path, node, type, attempt, time, data
  from run_events
 where run_id = $1 and seq <= $2 and path = any($3::text[]) and type like 'workflow.node.%'
   and type not in ('workflow.node.log', 'workflow.node.progress', 'workflow.node.overridden')
 order by path, seq desc;

-- name: find_migration_after
-- The version that a run had at a place in its log, if it was migrated behind that.
select (data #>> '{from,version}')::integer as version, data #>> '{from,plan_hash}' as plan_hash
  from run_events
 where run_id = $1 and seq > $2 and type = 'workflow.run.migrated'
 order by seq limit 1;
