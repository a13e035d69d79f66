-- What the auditor reads of one run, and which runs there are. Nothing here writes.

-- name: list_runs
-- Runs by age, a page of them behind one.
select id from workflow_runs
 where id > $1::uuid and ($2::timestamptz is null or created_at >= $2)
 order by id limit $3;

-- name: count_runs
select count(*) from workflow_runs where $1::timestamptz is null or created_at >= $1;

-- name: read_run
select id, project, status, stopping_as, last_seq, completed_nodes, plan_hash, start_after, slot, slot_at,
       output_sha256, created_at, purged_at, spent_usd, input_tokens + output_tokens as tokens,
       own_input_tokens + own_output_tokens as own_tokens
  from workflow_runs where id = $1;

-- name: list_rows
-- The ledger of a run.
select path, generation, node, type, status, outcome, output_sha256, project, why ->> 'reason' as reason
  from node_runs where run_id = $1;

-- name: list_events
select seq, type, node, path, project, data -> 'edges' as edges from run_events where run_id = $1 order by seq;

-- name: add_up_spending
-- What the calls of a run come to, and together with those of the runs that it pays for, as far as these are there.
select coalesce(sum(s.input_tokens + s.output_tokens) filter (where s.run_id = $1), 0)::bigint as own_tokens,
       coalesce(sum(s.input_tokens + s.output_tokens), 0)::bigint as tokens, coalesce(sum(s.cost_usd), 0) as spent_usd
  from spending s
 where s.status in ('spent', 'assumed')
   and (s.run_id = $1 or s.run_id in (select id from workflow_runs where payers <> '{}' and payers @> array[$1::uuid]));

-- name: list_open_after_end
-- Gates that are open and votes that nobody has answered.
select path, 'gate' as kind from gates where run_id = $1 and status = 'open'
union all
select path, 'vote' from gate_votes where run_id = $1 and status = 'recorded';

-- name: list_keys
-- Of these instances of nodes, those of which there is a row.
select n.run_id, n.path, n.generation
  from unnest($1::uuid[], $2::text[], $3::integer[]) as wanted (run_id, path, generation)
  join node_runs n using (run_id, path, generation);
