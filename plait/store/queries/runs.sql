-- Runs: starting them, reading them, asking them to stop. How a run goes on and ends is the Recorder's.

-- name: read_target
-- What a start by this reference executes: a version of its own, or the one that its environment runs; and the
-- environment's variables that this version reads.
select w.id as workflow_id, w.slug, w.name, w.enabled, w.version as newest, e.name as environment,
       v.version, v.plan_hash, v.definition, v.total_nodes,
       coalesce((select jsonb_object_agg(x.name, x.value) from environment_variables x
                  where x.project = w.project and x.environment = e.name and v.env ? x.name), '{}') as variables,
       workers_are_combined() as nearby
  from workflows w
  left join environments e on e.project = w.project and e.name = $5::text
  left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
  left join workflow_versions v
    on v.workflow_id = w.id
   and v.version = coalesce($4::integer, case when e.follows_newest then w.version else p.version end)
 where w.project = $1 and (w.id = $2::uuid or w.slug = $3::text) and w.deleted_at is null;

-- name: insert_run
-- The row and its first event, in one statement. Nothing is written when a key is taken, when the node has its
-- child already, or when the workflow went away, was disabled or (`$5` given) its environment runs another version by now;
-- the caller looks again and tells which.
with run as (
    insert into workflow_runs (
        id, project, workflow_id, version, plan_hash, environment, key, idempotency_key, request_hash, status,
        input, input_ref, input_size, input_sha256, input_facts, env, tags, metadata, priority, origin, owner,
        started_by, total_nodes, last_seq, start_after, traceparent, created_at, last_event_at,
        parent_run_id, parent_path, parent_generation, depth, words, rerun, debug, breakpoints, uses,
        budget, payers)
    select $1::uuid, $2::text, w.id, $4::integer, $6::text, $7::text, $8::text, $9::text, $10::text, 'pending',
           $11::jsonb, $12::uuid, $13::integer, $14::text, $15::jsonb, $16::jsonb, $17::text[], $18::jsonb,
           $19::integer, $20::jsonb, coalesce($33::text, $21::text), $22::jsonb, $23::integer, 1, $24::timestamptz,
           $25::text, $26::timestamptz, $26, $29::uuid, $30::text, $31::integer, $32::integer,
           array_to_tsvector($34::text[]), $35::jsonb, $36::boolean, $37::text[], $38::jsonb,
           $39::jsonb, coalesce((select array_prepend(p.id, p.payers) from workflow_runs p where p.id = $40::uuid), '{}')
      from workflows w
     where w.project = $2 and w.id = $3 and w.enabled and w.deleted_at is null
       and ($5::integer is null
            or $5 = (select case when e.follows_newest then w.version else p.version end
                       from environments e
                       left join workflow_pointers p on p.workflow_id = w.id and p.environment = e.name
                      where e.project = w.project and e.name = $7))
    on conflict do nothing
    returning id, project, created_at
), referred as (
    insert into payload_refs (payload_id, run_id)
    select p.id, run.id
      from run join payloads p on p.project = run.project and p.id = any($27::uuid[])
    on conflict do nothing
)
insert into run_events (run_id, seq, key, project, type, data, time)
select id, 1, 'run:workflow.run.created:1', project, 'workflow.run.created', $28::jsonb, created_at from run
returning run_id;

-- name: find_replayed
-- The run that this idempotency key started.
select id, request_hash from workflow_runs
 where project = $1 and workflow_id = $2 and idempotency_key = $3;

-- name: find_open
-- The one open run of a business key.
select id, status from workflow_runs
 where project = $1 and workflow_id = $2 and key = $3
   and status in ('pending', 'running', 'paused', 'stopping');

-- name: request_start
-- A run that was created for later is due now.
update workflow_runs set start_after = $3
 where project = $1 and id = $2 and status = 'pending' and start_after is null
returning id;

-- name: summarize
-- Runs as people see them, from whichever page of rows is put in. Open nodes that wait say why the run does;
-- one that was tried again by hand speaks by its newest row alone. `paused_at` is the first node that it is paused before.
select r.*, w.slug, w.name as workflow_name,
       coalesce(waiting.items, '[]') as waiting, coalesce(waiting.total, 0) as waiting_total,
       coalesce(begun.nodes, 0) as begun_nodes,
       due.path is not null as steppable, due.path as paused_at,
       exists (select from workers where seen_at > now() - interval '45 seconds') as has_worker
  from ({page}) r
  join workflows w on w.id = r.workflow_id
  left join lateral (
      select max(n.total) as total,
             jsonb_agg(jsonb_build_object(
                 'path', n.path, 'status', n.status, 'type', n.type, 'name', n.name,
                 'since', coalesce(n.started_at, n.ready_at, n.updated_at),
                 'until', coalesce(g.due_at, (n.metadata ->> 'until')::timestamptz),
                 'gate_id', g.id, 'title', g.title, 'who', g.approvers) order by n.updated_at, n.path) as items
        from (select *, count(*) over () as total from node_runs o
               where run_id = r.id and status in ('waiting', 'held', 'retrying')
                 and not exists (select from node_runs later where later.run_id = o.run_id and later.path = o.path
                                    and later.generation > o.generation)
               order by updated_at, path limit 20) n
        left join gates g on g.run_id = n.run_id and g.path = n.path and g.generation = n.generation
                         and g.status = 'open'
  ) waiting on r.status in ('running', 'paused', 'stopping')
  left join lateral (
      select sum(n.progress) as nodes from node_runs n
       where n.run_id = r.id and n.status = 'running' and n.progress > 0 and n.path = n.node
  ) begun on r.status in ('running', 'paused', 'stopping')
  left join lateral (
      select n.path from node_runs n
       where n.run_id = r.id and n.status = 'pending' and coalesce(n.input_sha256, n.message) is not null
       order by n.ready_at, n.sort_key limit 1
  ) due on r.status = 'paused'
 order by {order};

-- name: one_run
-- The page that is one run, with its values while they are short enough to be shown.
select r.*,
       case when r.input_size <= 65536 then
           (select convert_from(string_agg(data, ''::bytea order by n), 'UTF8')
              from payload_chunks where payload_id = r.input_ref) end as input_text,
       case when r.output_size <= 65536 then
           (select convert_from(string_agg(data, ''::bytea order by n), 'UTF8')
              from payload_chunks where payload_id = r.output_ref) end as output_text,
       (select substr(data, 1, 200) from payload_chunks where payload_id = r.input_ref and n = 0) as input_head,
       (select substr(data, 1, 200) from payload_chunks where payload_id = r.output_ref and n = 0) as output_head
  from workflow_runs r
 where r.project = $1 and r.id = $2

-- name: patch_run
-- The envelope only.
update workflow_runs set tags = $2, metadata = $3, note = $4, words = array_to_tsvector($5::text[]) where id = $1;

-- name: read_envelope
-- Locked, so that no error is written between this and the words that it decides.
select r.tags, r.metadata, r.note, r.status, r.key, r.error, w.slug, w.name
  from workflow_runs r join workflows w on w.id = r.workflow_id
 where r.project = $1 and r.id = $2
   for no key update of r;

-- name: lock_run
select id from workflow_runs where project = $1 and id = $2 for update;

-- name: delete_run
-- Only what has ended is deleted, and what no open rerun reads; its nodes, events and gates go with it.
delete from workflow_runs r
 where project = $1 and id = $2 and status in ('completed', 'failed', 'cancelled', 'terminated')
   and not exists (select from workflow_runs o where o.parent_run_id = r.id and o.rerun ->> 'source' is not null
                      and o.status in ('pending', 'running', 'paused', 'stopping'))
returning id;

-- name: list_open_reruns
select id from workflow_runs
 where parent_run_id = $1 and rerun ->> 'source' is not null and status in ('pending', 'running', 'paused', 'stopping')
 order by id;

-- name: cancel_pending
-- A run that Temporal has not begun ends here, with its event. Should its workflow have started a moment ago,
-- its first look at the row ends it.
with run as (
    update workflow_runs
       set status = 'cancelled', requested = 'cancel', requested_reason = $4, completed_at = $3,
           last_seq = last_seq + 1, last_event_at = $3
     where project = $1 and id = $2 and status = 'pending'
    returning id, project, last_seq
)
insert into run_events (run_id, seq, key, project, type, data, time)
select id, last_seq, 'run:workflow.run.cancelled:1', project, 'workflow.run.cancelled', $5::jsonb, $3 from run
returning run_id;

-- name: request_cancel
-- The wish is a row before Temporal hears of it: no node of this run starts after the commit.
update workflow_runs
   set requested = 'cancel', requested_reason = $4, requested_at = $3
 where project = $1 and id = $2 and status in ('running', 'paused') and requested is distinct from 'cancel'
returning id;

-- name: read_status
select r.id, r.status, r.stopping_as, r.requested, r.last_seq, r.start_after, r.plan_hash, r.project,
       r.completed_at, r.workflow_id, r.version, r.executing, r.purged_at, r.budget,
       exists (select from node_runs n where n.run_id = r.id and n.status = 'pending'
                  and coalesce(n.input_sha256, n.message) is not null) as steppable
  from workflow_runs r where r.project = $1 and r.id = $2;

-- name: find_workflow
select id from workflows where project = $1 and (id = $2::uuid or slug = $3::text) and deleted_at is null;

-- name: read_definition
-- The text that a hash stands for.
select definition from workflow_versions where project = $1 and plan_hash = $2 limit 1;
