-- What a run was told by the world, as a fixture repeats it.

-- name: measure_outputs
-- How many bytes its outputs have together: known before any of them is read.
select coalesce(sum(output_size), 0) from node_runs where run_id = $1;

-- name: list_results
-- The newest generation of every path with its attempts and its output, in the order in which they ended.
select distinct on (n.path) n.path, n.node, n.generation, n.status, n.attempts, n.output, n.output_ref, n.output_size,
       n.output_sha256, n.error, n.why, n.ready_at, n.started_at, n.completed_at
  from node_runs n where n.run_id = $1
 order by n.path, n.generation desc;

-- name: list_answers
-- The votes that counted, by gate; a gate without one has a row without a decision.
select g.path, g.status, g.opened_at, v.decision, v.by, v.groups, v.form, v.comment, v.at
  from gates g left join gate_votes v on v.gate_id = g.id and v.status = 'applied'
 where g.run_id = $1
   and not exists (select from gates newer
                    where newer.run_id = g.run_id and newer.path = g.path and newer.generation > g.generation)
 order by g.path, v.at, v.id;

-- name: list_events
-- The external events that reached it; one that its node refused changed nothing.
select name, key, payload, payload_ref, payload_size, payload_sha256, at
  from inbound_events where run_id = $1 and status <> 'refused' order by at, id;

-- name: skipped_by_hand
-- The nodes that a person skipped: nothing that a test may say does that.
select path from overrides where run_id = $1 and status = 'applied' and action = 'skip' order by path limit 1;

-- name: list_ended
-- The last runs of a workflow in an environment that came to an end of their own, the newest first.
select id from workflow_runs
 where project = $1 and workflow_id = $2 and environment = $3
   and status in ('completed', 'failed') and started_at is not null
 order by created_at desc, id desc limit $4;

-- name: list_ends
-- How every path of the run ended, in the order in which they did.
select path, status, outcome from (
    select distinct on (n.path) n.path, n.status, n.outcome, n.completed_at
      from node_runs n where n.run_id = $1 order by n.path, n.generation desc) newest
 order by completed_at, path;
