-- name: begin
-- A plan may be made while a table is new and kept while it grows: it must not be one that scans.
begin; set local enable_seqscan = off

-- name: lock_runs
-- These runs ($1), and those above the runs ($2) that spend, which pay too: who these are never changes, so it is read
-- before the lock. In the order of ids, so that two processes never wait for each other. Not `for update`: that would
-- also hold up whoever inserts a row that merely refers to the run.
select id, project, status, last_seq, completed_nodes, output_size, output_sha256, error, active_for, active_at, executing
from workflow_runs
where id = any($1::uuid[] || array(select unnest(payers) from workflow_runs where id = any($2::uuid[])))
order by id for no key update

-- name: read
-- What the batch names and is there already: rows of nodes ($1 and $2: runs and paths) and event keys
-- ($3 and $4). Every generation of each path: a path is counted once, whichever of them settled first.
-- Read under the runs' locks, so what is not there now is not there at the insert either. `offset 0` makes
-- Postgres look each row up by itself, whatever it believes of how large a run is.
select
    (select jsonb_agg(jsonb_build_array(
                n.run_id, n.path, n.generation, n.type, n.status, n.attempt, n.attempts, n.outcome,
                n.output_size, n.output_sha256, n.facts, n.error))
       from unnest($1::uuid[], $2::text[]) as wanted (run_id, path)
      cross join lateral (
          select * from node_runs where run_id = wanted.run_id and path = wanted.path offset 0) n) as nodes,
    (select jsonb_agg(jsonb_build_array(e.run_id, e.key))
       from unnest($3::uuid[], $4::text[]) as wanted (run_id, key)
      cross join lateral (
          select run_id, key from run_events where run_id = wanted.run_id and key = wanted.key offset 0) e) as keys

-- name: write
-- All that every batch writes, in one statement: nodes, events and the runs' counters. What a change
-- leaves out stays as it was; the guards have been decided under the runs' lock, and the counters
-- were read under it, so they are absolute. Rows come as one JSON text: an array for each column
-- costs the driver more than the insert.
with written_nodes as (
    insert into node_runs (
        run_id, path, generation, project, node, type, name, status, outcome, attempt, attempts, progress,
        message, input, input_ref, input_size, input_sha256, output, output_ref, output_size, output_sha256,
        has_output, facts, error, fingerprint, why, metadata, trace_id, ready_at, started_at, completed_at, updated_at)
    select
        run_id, path, generation, project, node, type, name, status, outcome, attempt, attempts, progress,
        message, input, input_ref, input_size, input_sha256, output, output_ref, output_size, output_sha256,
        has_output, facts, error, fingerprint, why, metadata, trace_id, ready_at, started_at, completed_at, updated_at
    from json_populate_recordset(null::node_runs, $1::json)
    on conflict (run_id, path, generation) do update set
        status = excluded.status,
        outcome = coalesce(excluded.outcome, node_runs.outcome),
        attempt = excluded.attempt,
        attempts = excluded.attempts,
        progress = coalesce(excluded.progress, node_runs.progress),
        message = coalesce(excluded.message, node_runs.message),
        input = coalesce(excluded.input, node_runs.input),
        input_ref = coalesce(excluded.input_ref, node_runs.input_ref),
        input_size = coalesce(excluded.input_size, node_runs.input_size),
        input_sha256 = coalesce(excluded.input_sha256, node_runs.input_sha256),
        output = coalesce(excluded.output, node_runs.output),
        output_ref = coalesce(excluded.output_ref, node_runs.output_ref),
        output_size = coalesce(excluded.output_size, node_runs.output_size),
        output_sha256 = coalesce(excluded.output_sha256, node_runs.output_sha256),
        has_output = excluded.has_output,
        facts = excluded.facts,
        error = excluded.error,
        fingerprint = excluded.fingerprint,
        why = coalesce(excluded.why, node_runs.why),
        metadata = coalesce(excluded.metadata, node_runs.metadata),
        trace_id = coalesce(excluded.trace_id, node_runs.trace_id),
        ready_at = coalesce(excluded.ready_at, node_runs.ready_at),
        started_at = coalesce(excluded.started_at, node_runs.started_at),
        completed_at = coalesce(excluded.completed_at, node_runs.completed_at),
        updated_at = excluded.updated_at
), written_events as (
    insert into run_events (run_id, seq, key, project, type, node, path, attempt, data, time)
    select run_id, seq, key, project, type, node, path, attempt, data, time
    from json_populate_recordset(null::run_events, $2::json)
)
update workflow_runs r set
    status = touched.status,
    last_seq = touched.last_seq,
    completed_nodes = touched.completed_nodes,
    started_at = coalesce(r.started_at, touched.started_at),
    active_for = touched.active_for,
    active_at = touched.active_at,
    executing = touched.executing,
    -- No index has anything new to say of a row that changes nowhere else: so this moves now and then only.
    last_event_at = case when touched.last_event_at > r.last_event_at + interval '15 seconds'
                         then touched.last_event_at else r.last_event_at end
from unnest($3::uuid[], $4::text[], $5::bigint[], $6::integer[], $7::timestamptz[], $8::timestamptz[],
            $9::interval[], $10::timestamptz[], $11::integer[])
    as touched (id, status, last_seq, completed_nodes, started_at, last_event_at, active_for, active_at, executing)
where r.id = touched.id

-- name: read_inbound
select id, run_id, status, path, generation from inbound_events where id = any($1::uuid[])

-- name: write_run
-- The status is written with the counters; this is the rest of what a run's own change says. Flags
-- are added: others set and take back theirs; a pause ends with the first word that does not renew it. At its end ($9) nobody takes an external event any more.
with left_over as (
    update inbound_events set status = 'left', reason = 'the run has ended'
    where run_id = $1 and status in ('recorded', 'kept') and $9::timestamptz is not null
)
update workflow_runs set
    stopping_as = $2,
    flags = array(select distinct flag from unnest(flags || $3::text[]) as flag order by flag),
    error = $4,
    fingerprint = $12,
    pause = $10,
    output = coalesce($5, output),
    output_ref = coalesce($6, output_ref),
    output_size = coalesce($7, output_size),
    output_sha256 = coalesce($8, output_sha256),
    completed_at = coalesce(completed_at, $9),
    words = words || array_to_tsvector($11::text[])
where id = $1

-- name: write_refs
-- A payload that is not there is an error of the change that refers to it: it comes before.
insert into payload_refs (payload_id, run_id)
select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing

-- name: open_gate
insert into gates (
    id, project, run_id, path, generation, node, kind, title, instructions, show, form_schema, prefill,
    outcomes, approvers, quorum, reject, allow_self_approval, opened_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict (run_id, path, generation) do nothing

-- name: close_gate
-- A gate is decided once.
update gates set status = $4, decided_at = $5
where run_id = $1 and path = $2 and generation = $3 and status = 'open'

-- name: copy_gate
-- What people decided once, a rerun does not ask again: the newest gate of the source at this path, and the votes
-- that counted.
with decided as (
    select * from gates where run_id = $3 and path = $4 and status <> 'open' order by generation desc limit 1
), gate as (
    insert into gates (
        id, project, run_id, path, generation, node, kind, title, instructions, show, form_schema, prefill,
        outcomes, approvers, quorum, reject, allow_self_approval, status, opened_at, due_at, decided_at)
    select $1, project, $2, path, $5, node, kind, title, instructions, show, form_schema, prefill,
           outcomes, approvers, quorum, reject, allow_self_approval, status, opened_at, due_at, decided_at
      from decided
        on conflict do nothing
)
insert into gate_votes (
    id, gate_id, project, run_id, path, generation, decision, form, comment, by, groups, at, status, reason,
    delivered_at)
select md5($1::text || v.id::text)::uuid, $1, v.project, $2, v.path, $5, v.decision, v.form, v.comment, v.by, v.groups,
       v.at, v.status, v.reason, v.delivered_at
  from decided join gate_votes v on v.gate_id = decided.id and v.status = 'applied'
    on conflict do nothing

-- name: flag_run
update workflow_runs r set
    flags = array(select distinct flag from unnest(r.flags || $2::text[]) as flag order by flag)
where r.id = $1 and not r.flags @> $2::text[]

-- name: mark_vote
update gate_votes set status = $2, reason = $3 where id = $1 and status = 'recorded'

-- name: mark_override
-- A run in which people moved a node by hand keeps the flag that says so.
with marked as (
    update overrides set status = $2, refusal = $3 where id = $1 and status = 'recorded' returning run_id, status
)
update workflow_runs r set
    flags = array(select distinct flag from unnest(r.flags || array['overridden']) as flag order by flag)
from marked where r.id = marked.run_id and marked.status = 'applied'

-- name: mark_version
-- The run goes on under another version: what has ended of its nodes counts.
update workflow_runs r set version = $2, plan_hash = $3, total_nodes = $4, completed_nodes = (
    select count(distinct n.path) from node_runs n
     where n.run_id = r.id and n.path = any($5::text[]) and n.outcome is distinct from 'overridden'
       and n.status in ('completed', 'failed', 'skipped', 'cancelled'))
where r.id = $1

-- name: mark_inbound
-- An external event is over once.
update inbound_events set status = $2, path = $3, generation = $4, reason = $5
where id = $1 and status in ('recorded', 'kept')

-- name: mark_command
-- What is still asked of the run afterwards is the last that its workflow has not answered. A step whose input was
-- given by hand leaves the flag that says so.
with marked as (
    update run_commands set status = $2, refusal = $3 where id = $1 and status = 'recorded'
    returning run_id, status, args
), left_over as (
    select k.run_id, k.kind from run_commands k join marked on marked.run_id = k.run_id
     where k.status = 'recorded' and k.id <> $1 and k.kind in ('pause', 'resume', 'continue')
     order by k.n desc limit 1
)
update workflow_runs r set
    requested = case when r.requested = 'cancel' then r.requested
                     else (select case kind when 'pause' then 'pause' else 'resume' end from left_over) end,
    flags = case when marked.status = 'applied' and marked.args ? 'input'
                 then array(select distinct flag from unnest(r.flags || array['overridden']) as flag order by flag)
                 else r.flags end
from marked where r.id = marked.run_id
