-- Money. Written in the Recorder's transactions, under the locks of the runs and then of the project's month.

-- name: read_runs
-- What runs have spent and may, under their locks.
select id, payers, budget, cost_usd, spent_usd, input_tokens, output_tokens, own_cost_usd, own_input_tokens,
       own_output_tokens, reserved_usd, reserved_tokens
  from workflow_runs where id = any($1::uuid[]);

-- name: read_entries
-- What a batch names ($1), and what earlier attempts of the same nodes have left reserved ($2 to $4).
select * from spending where id = any($1::uuid[])
union
select s.* from unnest($2::uuid[], $3::text[], $4::integer[]) as wanted (run_id, path, generation)
  join spending s using (run_id, path, generation)
 where s.status = 'reserved';

-- name: lock_months
-- After the runs, in one order, so that no two processes wait for each other.
select s.*, b.cost_usd as limit_usd, b.tokens as limit_tokens, b.alert_at
  from unnest($1::text[], $2::date[]) as wanted (project, month)
  join project_spending s using (project, month)
  left join project_budgets b on b.project = s.project
 order by s.project, s.month
   for update of s;

-- name: begin_months
insert into project_spending (project, month)
select * from unnest($1::text[], $2::date[]) on conflict do nothing;

-- name: write
-- The entries ($1), the months ($2) and the runs ($3), in one statement. A cost that is not known stays so.
with entries as (
    insert into spending (id, project, run_id, path, generation, attempt, status, model, agent, input_tokens,
                          output_tokens, cached_tokens, cost_usd, answer, answer_ref, answer_size, answer_sha256,
                          reserved_at, settled_at)
    select id, project, run_id, path, generation, attempt, status, model, agent, input_tokens, output_tokens,
           cached_tokens, cost_usd, answer, answer_ref, answer_size, answer_sha256, reserved_at, settled_at
      from json_populate_recordset(null::spending, $1::json)
    on conflict (id) do update set
        status = excluded.status, model = excluded.model, input_tokens = excluded.input_tokens,
        output_tokens = excluded.output_tokens, cached_tokens = excluded.cached_tokens, cost_usd = excluded.cost_usd,
        answer = excluded.answer, answer_ref = excluded.answer_ref, answer_size = excluded.answer_size,
        answer_sha256 = excluded.answer_sha256, settled_at = excluded.settled_at
), months as (
    update project_spending s
       set spent_usd = t.spent_usd, input_tokens = t.input_tokens, output_tokens = t.output_tokens,
           reserved_usd = t.reserved_usd, reserved_tokens = t.reserved_tokens, unknown_costs = t.unknown_costs,
           alerted = t.alerted
      from json_populate_recordset(null::project_spending, $2::json) t
     where s.project = t.project and s.month = t.month
)
update workflow_runs r
   set cost_usd = case when r.cost_usd is null or t.unknown then null else t.spent end, spent_usd = t.spent,
       input_tokens = t.input, output_tokens = t.output, reserved_usd = t.reserved, reserved_tokens = t.reserved_tokens,
       own_cost_usd = case when r.own_cost_usd is null or t.own_unknown then null else t.own_spent end,
       own_input_tokens = t.own_input, own_output_tokens = t.own_output,
       flags = case when t.unknown and not r.flags @> array['cost_unknown']
                    then array(select distinct flag from unnest(r.flags || array['cost_unknown']) as flag order by flag)
                    else r.flags end
  from json_to_recordset($3::json)
       as t (id uuid, spent numeric, input bigint, output bigint, unknown boolean, reserved numeric,
             reserved_tokens bigint, own_spent numeric, own_input bigint, own_output bigint, own_unknown boolean)
 where r.id = t.id;

-- name: write_nodes
-- What nodes took ($1 to $3), over all attempts, and of the last call the agent and the model; and what agents took
-- ($4 to $6) with all their turns, and those of the agents that they asked.
with agents as (
    update node_runs n
       set cost_usd = s.cost, input_tokens = s.input, output_tokens = s.output
      from unnest($4::uuid[], $5::text[], $6::integer[]) as touched (run_id, path, generation)
     cross join lateral (
           select case when coalesce(bool_or(cost_usd is null), false) then null else coalesce(sum(cost_usd), 0) end as cost,
                  coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output
             from spending
            where run_id = touched.run_id and starts_with(path, touched.path || '.turn~')
              and generation >= touched.generation and status in ('spent', 'assumed')) s
     where n.run_id = touched.run_id and n.path = touched.path and n.generation = touched.generation
)
update node_runs n
   set cost_usd = s.cost, input_tokens = s.input, output_tokens = s.output, agent = s.agent, model = s.model
  from unnest($1::uuid[], $2::text[], $3::integer[]) as touched (run_id, path, generation)
 cross join lateral (
       select case when coalesce(bool_or(cost_usd is null), false) then null else coalesce(sum(cost_usd), 0) end as cost,
              coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output,
              (array_agg(agent order by reserved_at desc, id desc))[1] as agent,
              (array_agg(model order by reserved_at desc, id desc))[1] as model
         from spending
        where run_id = touched.run_id and path = touched.path and generation = touched.generation
          and status in ('spent', 'assumed')) s
 where n.run_id = touched.run_id and n.path = touched.path and n.generation = touched.generation;

-- name: read_earlier
-- The last answer that an attempt before this one ($4) got, and which died before it could say how it ended.
select s.answer, s.answer_ref, s.answer_size, s.answer_sha256
  from spending s
 where s.run_id = $1 and s.path = $2 and s.generation = $3 and s.attempt < $4 and s.status = 'spent'
   and s.answer_sha256 is not null
   and not exists (select from node_runs n, jsonb_array_elements(n.attempts) a
                    where n.run_id = s.run_id and n.path = s.path and n.generation = s.generation
                      and (a ->> 'attempt')::integer = s.attempt and a ->> 'completed_at' is not null)
 order by s.attempt desc, s.reserved_at desc, s.id desc limit 1;

-- name: list_orphans
-- What is reserved by attempts that are over: their node or their run has ended, or nobody has settled it for an hour.
select s.*
  from spending s
  join workflow_runs r on r.id = s.run_id
  left join node_runs n on n.run_id = s.run_id and n.path = s.path and n.generation = s.generation
 where s.status = 'reserved'
   and (s.reserved_at < $1::timestamptz - interval '1 hour'
        or (s.reserved_at < $1::timestamptz - interval '1 minute'
            and (n.status in ('completed', 'failed', 'skipped', 'cancelled') or n.attempt > s.attempt
                 or r.status in ('completed', 'failed', 'cancelled', 'terminated'))))
 order by s.reserved_at limit 200;
