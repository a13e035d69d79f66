-- Pages of the list of runs. Every index of workflow_runs begins with project and environment, and ends in the order of
-- the list: a page then costs its rows, whatever lies before and behind. What an index cannot give in that order is
-- taken apart here: several environments or statuses into lanes, each in order, and words, tags and metadata into what
-- is near and what is far.

-- name: shown
-- What is shown of the rows of a page. Values stay out of lists.
select r.id, r.project, r.workflow_id, r.version, r.plan_hash, r.environment, r.key, r.status, r.requested, r.requested_reason,
       r.stopping_as, r.pause, r.flags, r.error, r.tags, r.metadata, r.note, r.priority, r.origin, r.parent_run_id, r.owner,
       r.started_by, r.total_nodes, r.completed_nodes, r.last_seq, r.start_after, r.slot, r.slot_at, r.slot_limit, r.created_at,
       r.started_at, r.completed_at, r.cost_usd, r.own_cost_usd, r.budget, r.input_tokens, r.output_tokens
  from ({found}) r

-- name: page
select r.* from workflow_runs r where {where} order by {order} limit {limit}

-- name: page_of_lanes
select r.*
  from (select * from {lanes}) lane
 cross join lateral (select r.* from workflow_runs r where {where} order by {order} limit {limit}) r
 order by {order}
 limit {limit}

-- name: environments
-- Those that the project has runs in, each found by one look into the index.
with recursive one (environment) as (
    (select environment from workflow_runs where project = $1 order by environment limit 1)
    union all
    select (select w.environment from workflow_runs w where w.project = $1 and w.environment > one.environment
             order by w.environment limit 1)
      from one where one.environment is not null
)
select environment from one where environment is not null

-- name: page_of_found
-- What is searched for is looked for among the nearest four thousand first: what many runs have is there, and after a
-- few looks. Only where it is not, the index of words, tags or metadata is asked, which gives what few have, in no order.
with hits as materialized (
    select r.* from ({near}) r where {searches} order by {order} limit {limit}
), looked as (
    select count(*) = {limit} as enough from hits
)
(select r.* from hits r where (select enough from looked))
union all
(select r.*
   from (select r.* from workflow_runs r where {where} and not (select enough from looked) offset 0) r
  order by {order}
  limit {limit})

-- name: ids_of_runs
-- All that a filter lets through, for what is done to each.
select r.id from workflow_runs r
 where {where}
 order by r.created_at, r.id
 limit {limit}

-- name: count_runs
-- How many match, exact up to ten thousand.
select count(*) from (select from workflow_runs r where {where} limit 10001) counted;

-- Filters of the list. Each holds one parameter, numbered where it is used; $1 is the project.

-- name: filter_workflow
r.workflow_id = (select id from workflows where project = $1 and (slug = {} or id::text = lower({})))
-- name: filter_ids
r.id = any({}::uuid[])
-- name: filter_purged
(r.purged_at is not null) = {}
-- name: filter_version
r.version = {}
-- name: filter_status
r.status = any({}::text[])
-- name: filter_environment
r.environment = {}
-- name: filter_tag
r.tags @> {}::text[]
-- name: filter_key
r.key = {}
-- name: filter_owner
r.owner = {}
-- name: filter_origin
r.origin ->> 'kind' = {}
-- name: filter_parent_run_id
r.parent_run_id = {}::uuid
-- name: filter_flag
r.flags <> array[]::text[] and {} = any(r.flags)
-- name: filter_no_worker
r.status in ('pending', 'running', 'paused', 'stopping') and (r.status <> 'pending' or r.start_after is not null)
    and not exists (select from workers where seen_at > now() - interval '45 seconds')
-- name: filter_slot
r.status = 'pending' and r.slot is not null and r.slot_at is null and r.start_after is not null
-- name: filter_budget
r.status = 'paused' and r.pause -> 'budget' ->> 'limit' is not null
-- name: filter_breakpoint
r.status = 'paused' and r.pause ->> 'breakpoint' is not null
-- name: filter_error_type
r.error ->> 'type' = {}
-- name: filter_fingerprint
r.id in (select f.id from workflow_runs f where f.project = $1 and f.fingerprint = {}
          union all
         select n.run_id from node_runs n
          where n.project = $1 and n.status = 'held' and n.fingerprint = {}
            and not exists (select from node_runs later where later.run_id = n.run_id and later.path = n.path
                               and later.generation > n.generation))
-- name: filter_created_after
r.created_at > {}
-- name: filter_created_before
r.created_at < {}
-- name: filter_ended_after
r.completed_at > {}
-- name: filter_ended_before
r.completed_at < {}
-- name: filter_metadata
-- In each form that the value may have.
(r.metadata @> ({}::jsonb[])[1] or r.metadata @> ({}::jsonb[])[2])
-- name: filter_id_between
r.id between ({}::uuid[])[1] and ({}::uuid[])[2]
-- name: filter_q
r.words @@ {}::tsquery
-- name: filter_waiting_for
-- `offset 0` has each run looked at by itself, in the order of the list.
r.status in ('running', 'paused', 'stopping') and exists (
    select from node_runs n where n.run_id = r.id and n.status in ('waiting', 'held', 'retrying')
    and not exists (select from node_runs later where later.run_id = n.run_id and later.path = n.path
                       and later.generation > n.generation)
    and {} = case n.status when 'held' then 'incident' when 'retrying' then 'retry'
             else case n.type when 'human_gate' then 'gate' when 'event' then 'inbound_event' else 'timer' end end
    offset 0)
