-- Rollups: what ends is added up as it ends, and never looked at again.

-- name: roll_up
-- Adds the runs $1 that were made, the runs $2 that ended, with their nodes, and the gates $3 that closed. A node
-- counts when its run ends, for each agent and model that it asked with what that took; a run counts without its
-- sub-workflows, which count themselves. The bins of lengths grow by 4 %, and each has twelve digits of a histogram.
-- Hours are kept for 32 days.
with ended as (
    select * from workflow_runs where id = any($2::uuid[])
), nodes as (
    select r.project, r.completed_at as at, r.workflow_id, r.environment, n.run_id, n.path, n.generation, n.node,
           case when n.why ->> 'reason' = 'reused' then 'reused'
                when n.status = 'failed' and n.error ->> 'category' = 'business' then 'failed_business'
                else n.status end as outcome,
           case when n.status in ('completed', 'failed') and n.why ->> 'reason' is distinct from 'reused'
                then n.completed_at - n.started_at end as length,
           greatest(n.attempt - 1, 0) as retries, n.cost_usd, n.input_tokens, n.output_tokens
      from ended r join node_runs n on n.run_id = r.id
     where n.status in ('completed', 'failed', 'skipped', 'cancelled') and n.path not like '%~undo'
), paid as (
    select n.*, s.agent, s.model, s.cost, s.input, s.output
      from nodes n
      join (select run_id, path, generation, agent, model,
                   case when bool_or(cost_usd is null) then null else sum(cost_usd) end as cost,
                   sum(input_tokens) as input, sum(output_tokens) as output
              from spending where run_id = any($2::uuid[]) and status in ('spent', 'assumed')
             group by run_id, path, generation, agent, model) s using (run_id, path, generation)
), observed (project, kind, at, workflow_id, environment, subject, outcome, length, retries, cost, input, output) as (
    select project, 'run', created_at, workflow_id, environment, '', 'started', null::interval, 0, 0::numeric, 0, 0
      from workflow_runs where id = any($1::uuid[])
    union all
    select project, 'run', completed_at, workflow_id, environment, '',
           case when status = 'failed' and error ->> 'category' = 'business' then 'failed_business' else status end,
           completed_at - started_at, 0, own_cost_usd, own_input_tokens, own_output_tokens
      from ended
    union all
    select project, 'node', at, workflow_id, environment, node, outcome, length, retries, cost_usd, input_tokens,
           output_tokens from nodes
    union all
    select project, 'agent', at, workflow_id, environment, agent, outcome, length, retries, cost, input, output
      from paid where agent is not null
    union all
    select project, 'model', at, workflow_id, environment, model, outcome, length, retries, cost, input, output
      from paid
    union all
    select g.project, 'gate', g.decided_at, r.workflow_id, r.environment, g.node, g.status, g.decided_at - g.opened_at,
           0, 0, 0, 0
      from gates g join workflow_runs r on r.id = g.run_id
     where g.id = any($3::uuid[]) and g.decided_at is not null
), placed as (
    select project, kind, span, date_trunc(span, at, 'UTC') as at, workflow_id, environment, subject, outcome,
           case when length is not null
                then ceil(ln(greatest(extract(epoch from length)::float8 * 1000, 1)) / ln(1.04::float8))::integer end as bin,
           retries, cost, input, output
      from observed
     cross join lateral (select 'day' union all select 'hour' where at >= now() - interval '32 days') as spans (span)
)
insert into rollups
select project, kind, span, at, workflow_id, environment, subject, outcome, count(*),
       coalesce(sum(('1e' || 12 * bin)::numeric), 0), sum(retries), coalesce(sum(cost), 0),
       count(*) filter (where cost is null), sum(input), sum(output)
  from placed
 group by project, kind, span, at, workflow_id, environment, subject, outcome
on conflict (project, kind, span, at, workflow_id, environment, subject, outcome) do update set
    count = rollups.count + excluded.count,
    lengths = rollups.lengths + excluded.lengths,
    retries = rollups.retries + excluded.retries,
    cost_usd = rollups.cost_usd + excluded.cost_usd,
    unknown_costs = rollups.unknown_costs + excluded.unknown_costs,
    input_tokens = rollups.input_tokens + excluded.input_tokens,
    output_tokens = rollups.output_tokens + excluded.output_tokens;

-- name: read_rollups
-- Added up by some of the keys and by intervals of $8 (of all time where that is null), in the order of time. What is
-- written into it is no parameter, as that would be looked at for every row: which keys, and whether histograms are read
-- at all; they are text, which is read in a tenth of the time. Deleted workflows are counted still, and have no name any
-- more.
with by_outcome as (
    select date_trunc($8, at, 'UTC') as at, {keys}, outcome,
           sum(count) as count, {lengths} as lengths, sum(retries) as retries, sum(cost_usd) as cost_usd,
           sum(unknown_costs) as unknown_costs, sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens
      from rollups
     where project = $1 and kind = $2 and span = $3 and at >= $4 and at < $5
       and ($6::uuid is null or workflow_id = $6) and ($7::text is null or environment = $7)
     group by 1, 2, 3, 4, 5
), summed as (
    select at, workflow_id, environment, subject, jsonb_object_agg(outcome, count) as outcomes,
           sum(lengths)::text as lengths, sum(retries)::bigint as retries, sum(cost_usd) as cost_usd,
           sum(unknown_costs)::bigint as unknown_costs, sum(input_tokens)::bigint as input_tokens,
           sum(output_tokens)::bigint as output_tokens
      from by_outcome
     group by 1, 2, 3, 4
)
select summed.*, w.slug
  from summed
  left join workflows w on w.id = summed.workflow_id
 order by summed.at;

-- name: sweep_hours
-- By project and kind, as the key is.
delete from rollups r
 using projects p, unnest(array['run', 'node', 'gate', 'agent', 'model']) as every (kind)
 where r.project = p.id and r.kind = every.kind and r.span = 'hour' and r.at < now() - interval '32 days';

-- name: first_day
-- The day of the oldest run that there is.
select date_trunc('day', min(created_at), 'UTC') from workflow_runs;

-- name: forget_day
delete from rollups where at >= $1 and at < $1::timestamptz + interval '1 day';

-- name: closed_by
-- The gates that these events (runs $1 and their numbers $2) closed.
select g.id
  from unnest($1::uuid[], $2::bigint[]) as told (run_id, seq)
  join run_events e on e.run_id = told.run_id and e.seq = told.seq
  join gates g on g.run_id = e.run_id and starts_with(e.key, g.path || '#' || g.generation || ':');

-- name: made_in
-- What a day is counted from. What still waits in the outbox is counted when that is moved, as ever.
select r.id
  from projects p join workflow_runs r on r.project = p.id
 where r.created_at >= $1 and r.created_at < $1::timestamptz + interval '1 day'
   and not exists (select from feed_outbox o join run_events e on e.run_id = o.run_id and e.seq = o.seq
                    where o.run_id = r.id and not o.replayed and e.type = any($2::text[]));

-- name: ended_in
select r.id
  from projects p join workflow_runs r on r.project = p.id
 where r.completed_at >= $1 and r.completed_at < $1::timestamptz + interval '1 day'
   and not exists (select from feed_outbox o join run_events e on e.run_id = o.run_id and e.seq = o.seq
                    where o.run_id = r.id and not o.replayed and e.type = any($2::text[]));

-- name: closed_in
select g.id
  from gates g
 where g.decided_at >= $1 and g.decided_at < $1::timestamptz + interval '1 day'
   and not exists (select from feed_outbox o join run_events e on e.run_id = o.run_id and e.seq = o.seq
                    where o.run_id = g.run_id and not o.replayed and e.type = any($2::text[])
                      and starts_with(e.key, g.path || '#' || g.generation || ':'));
