-- The ledger as people read it: of each path the newest generation, with the attempts of all.

-- name: list_nodes
-- The node runs at these paths.
select n.*,
       (select coalesce(jsonb_agg(a || jsonb_build_object('generation', e.generation)
                                    || cost_of_attempt(e.run_id, e.path, e.generation, (a ->> 'attempt')::integer)
                                  order by e.generation, (a ->> 'attempt')::integer), '[]')
          from node_runs e, jsonb_array_elements(e.attempts) a
         where e.run_id = n.run_id and e.path = n.path) as every_attempt
  from node_runs n
 where n.run_id = $1 and n.path = any($2::text[])
   and not exists (select from node_runs newer
                    where newer.run_id = n.run_id and newer.path = n.path and newer.generation > n.generation);

-- name: list_below
-- What lies below a path, a page of it: after a sort key, up to another. Ids that only begin alike lie between too.
select n.*,
       (select coalesce(jsonb_agg(a || jsonb_build_object('generation', e.generation)
                                    || cost_of_attempt(e.run_id, e.path, e.generation, (a ->> 'attempt')::integer)
                                  order by e.generation, (a ->> 'attempt')::integer), '[]')
          from node_runs e, jsonb_array_elements(e.attempts) a
         where e.run_id = n.run_id and e.path = n.path) as every_attempt
  from node_runs n
 where n.run_id = $1 and n.path <> n.node and n.sort_key > $2 and n.sort_key < $3 and n.path ~ $4
   and not exists (select from node_runs newer
                    where newer.run_id = n.run_id and newer.path = n.path and newer.generation > n.generation)
 order by n.sort_key
 limit $5;

-- name: count_below
-- How many paths lie below the nodes of the root; counted only so far.
select count(*) from (select from node_runs where run_id = $1 and path <> node and generation = 1 limit 10001) counted;

-- name: count_items
-- How the items of a map stand since its list was made, each by its newest row: those that have ended by their
-- status, and how many have begun. They begin in their order, so the last one of which there is a row tells that.
with since as (
    select coalesce(max(generation), $4) as generation from map_items
     where run_id = $1 and path = $7 and generation <= $4
)
select count(*) filter (where n.status = 'completed') as completed,
       count(*) filter (where n.status = 'failed') as failed,
       count(*) filter (where n.status in ('skipped', 'cancelled')) as skipped,
       coalesce((select substring(l.path from $6)::integer + 1 from node_runs l
                  where l.run_id = $1 and l.path <> l.node and l.sort_key > $2 and l.sort_key < $3
                    and l.generation >= since.generation
                  order by l.sort_key desc limit 1), 0) as begun
  from since
  left join node_runs n
    on n.run_id = $1 and n.path <> n.node and n.sort_key > $2 and n.sort_key < $3 and n.generation >= since.generation
   and n.node = $5
   and not exists (select from node_runs newer
                    where newer.run_id = n.run_id and newer.path = n.path and newer.generation > n.generation)
 group by since.generation;

-- name: read_node
-- One path, with its values while they are short enough to be shown.
select n.*,
       (select coalesce(jsonb_agg(a || jsonb_build_object('generation', e.generation)
                                    || cost_of_attempt(e.run_id, e.path, e.generation, (a ->> 'attempt')::integer)
                                  order by e.generation, (a ->> 'attempt')::integer), '[]')
          from node_runs e, jsonb_array_elements(e.attempts) a
         where e.run_id = n.run_id and e.path = n.path) as every_attempt,
       (select convert_from(string_agg(c.data, ''::bytea order by c.n), 'UTF8')
          from payloads p join payload_chunks c on c.payload_id = p.id
         where p.id = n.input_ref and p.size <= 65536) as input_text,
       (select convert_from(string_agg(c.data, ''::bytea order by c.n), 'UTF8')
          from payloads p join payload_chunks c on c.payload_id = p.id
         where p.id = n.output_ref and p.size <= 65536) as output_text,
       (select substr(c.data, 1, 200) from payload_chunks c where c.payload_id = n.input_ref and c.n = 0) as input_head,
       (select substr(c.data, 1, 200) from payload_chunks c where c.payload_id = n.output_ref and c.n = 0) as output_head
  from node_runs n
 where n.run_id = $1 and n.path = $2
 order by n.generation desc limit 1;

-- name: waits_for_somebody
-- Whether any node is held or, being of one of these types, waits: an index tells, however large the run is.
select exists (select from node_runs
                where run_id = $1 and status in ('waiting', 'held') and (status = 'held' or type = any($2::text[])));

-- name: list_states
-- How each path stands, without its values; of a map with the number of its `items`.
select distinct on (path) path, node, generation, type, status, outcome, attempt, error ->> 'type' as error_type,
       why, ready_at, started_at, completed_at, input -> 'items' as items
  from node_runs where run_id = $1
 order by path, generation desc;

-- name: list_states_of
-- How these paths stand, without their values.
select distinct on (path) path, node, generation, type, status, outcome, attempt, error ->> 'type' as error_type,
       why, ready_at, started_at, completed_at
  from node_runs where run_id = $1 and path = any($2::text[])
 order by path, generation desc;

-- name: list_held
-- The nodes that wait for a hand.
select path, attempt from node_runs n
 where run_id = $1 and status = 'held'
   and not exists (select from node_runs later where later.run_id = n.run_id and later.path = n.path
                      and later.generation > n.generation)
 order by path;

-- name: read_state
select status, attempt, generation from node_runs where run_id = $1 and path = $2 order by generation desc limit 1;

-- name: list_overrides
-- The last word of people on each of these paths, of those that were applied.
select distinct on (path) path, id, action, given, by, reason, at
  from overrides where run_id = $1 and path = any($2::text[]) and status = 'applied'
 order by path, at desc;

-- name: insert_override
-- Recorded while the node is still as the caller saw it; the workflow is signalled after the commit. A node
-- without a row is pending. The files that are named stay as long as the run.
with run as (
    select id, project from workflow_runs
     where project = $2 and id = $3 and status in ('pending', 'running', 'paused', 'stopping') for no key update
), node as (
    select n.* from run join node_runs n on n.run_id = run.id
     where n.path = $4 order by n.generation desc limit 1 for update of n
), seen as (
    select run.id, run.project from run left join node on true
     where coalesce(node.status, 'pending') = $13 and coalesce(node.generation, 0) = $5
       and coalesce(node.attempt, 0) = $6
       and not exists (select from overrides o where o.run_id = run.id and o.path = $4 and o.status = 'recorded')
), referred as (
    insert into payload_refs (payload_id, run_id)
    select p.id, seen.id from seen join payloads p on p.project = seen.project and p.id = any($12::uuid[])
    on conflict do nothing
)
insert into overrides (id, project, run_id, path, generation, action, output, reason, by, at, delivered_at, given)
select $1::uuid, seen.project, seen.id, $4::text, $5::integer, $7::text, $8::jsonb, $9::text, $10::jsonb,
       $11::timestamptz, $11, $14::jsonb
  from seen
on conflict do nothing
returning id;

-- name: read_override
select status, refusal from overrides where id = $1;
