-- What activities look up before they work: one query each.

-- name: look_up
-- The run as far as a node's start depends on it, the node's own row, and the values it reads.
-- $3 and $4 are the paths and generations, the node's own first. `offset 0` makes Postgres look each row up by
-- itself: it knows nothing yet of a run that has just grown, and would read all of it to join it.
select r.status, r.requested, r.input_facts, r.uses,
       r.budget ->> 'seconds' as seconds,
       extract(epoch from r.active_for + case when r.executing > 0 then greatest(now() - r.active_at, interval '0')
                                              else interval '0' end)::float8 as active,
       case when $5 then r.input end as input, case when $5 then r.input_ref end as input_ref,
       r.input_size, r.input_sha256,
       (select coalesce(jsonb_agg(jsonb_build_object(
                   'path', n.path, 'status', n.status, 'attempt', n.attempt, 'outcome', n.outcome,
                   'input', n.input, 'input_ref', n.input_ref, 'metadata', n.metadata,
                   'output', n.output, 'output_ref', n.output_ref, 'output_size', n.output_size,
                   'output_sha256', n.output_sha256, 'facts', n.facts, 'error', n.error)), '[]')
          from unnest($3::text[], $4::integer[]) as w (path, generation)
         cross join lateral (
             select * from node_runs
              where run_id = $2 and path = w.path and generation = w.generation offset 0) n) as nodes
  from workflow_runs r
 where r.project = $1 and r.id = $2;

-- name: find_definition
-- Versions with the same plan hash have the same definition; any of them serves.
select definition from workflow_versions where project = $1 and plan_hash = $2 limit 1;

-- name: find_vote
select id, path, generation, decision, by, groups from gate_votes where project = $1 and run_id = $2 and id = $3;

-- name: find_votes
select id, decision, form, comment, by, at from gate_votes
 where project = $1 and run_id = $2 and id = any($3::uuid[])
 order by at, id;

-- name: insert_vote_by_hand
-- A decision sent in Temporal's Web UI: it counts while its gate is open, as a member of every group.
with referred as (
    insert into payload_refs (payload_id, run_id)
    select p.id, $2 from payloads p where p.project = $1 and p.id = any($9::uuid[])
    on conflict do nothing
)
insert into gate_votes (id, gate_id, project, run_id, path, generation, decision, form, by, groups, at, delivered_at)
select $4, g.id, g.project, g.run_id, g.path, g.generation, $5, $6, $7,
       array(select substr(a, 7) from unnest(g.approvers) a where a like 'group:%'), $8, $8
  from gates g
 where g.project = $1 and g.run_id = $2 and g.path = $3 and g.status = 'open'
    on conflict (id) do nothing;

-- name: find_open_gate
select id from gates where project = $1 and run_id = $2 and path = $3 and status = 'open';

-- name: find_override
select id, path, generation, action, output, output_ref, output_size, output_sha256, given
  from overrides where project = $1 and run_id = $2 and id = $3;

-- name: find_overrides
-- What is told of overrides that were answered, and the outputs that they gave; of steps, the input that they gave.
select id, action, given, reason, by, output, output_ref, output_size, output_sha256, facts
  from overrides where project = $1 and run_id = $2 and id = any($3::uuid[])
union all
select id, kind, args -> 'input', reason, by, null, null, null, null, null
  from run_commands where project = $1 and run_id = $2 and id = any($3::uuid[]);

-- name: keep_output
-- The output that a person gave, checked: its payload stays as long as the run.
with referred as (
    insert into payload_refs (payload_id, run_id)
    select $3::uuid, run_id from overrides where id = $1 and $3::uuid is not null
    on conflict do nothing
)
update overrides set output = $2, output_ref = $3, output_size = $4, output_sha256 = $5, facts = $6 where id = $1;

-- name: has_unfinished_attempt
-- Whether an attempt before this one ($4) has never told how it ended; one of which no start was recorded has not.
select count(*) < $4 - 1
  from node_runs n, jsonb_array_elements(n.attempts) a
 where n.run_id = $1 and n.path = $2 and n.generation = $3
   and (a ->> 'attempt')::integer < $4 and a ->> 'completed_at' is not null;

-- name: find_failed_attempt
-- The newest attempt of the node that failed with an error of this type, as the attempt logged it: the row's own error
-- is that of the last attempt alone, and is gone once the next one starts.
select a -> 'error'
  from node_runs n, jsonb_array_elements(n.attempts) a
 where n.run_id = $1 and n.path = $2 and n.generation = $3 and a -> 'error' ->> 'type' = $4
 order by (a ->> 'attempt')::integer desc limit 1;
