-- What the leader compares with Temporal.

-- name: read_cursor
select value from cursors where name = $1;

-- name: write_cursor
insert into cursors (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value;

-- name: list_open_of
-- Of these runs, the ones whose row has not ended.
select id, project, status from workflow_runs
 where id = any($1::uuid[]) and status in ('pending', 'running', 'paused', 'stopping');

-- name: claim_quiet
-- Open runs without an event for five minutes, the longest unasked first.
with quiet as (
    select id from workflow_runs
     where (status in ('running', 'paused', 'stopping') or (status = 'pending' and start_after = 'infinity'))
       and last_event_at < $1::timestamptz - $2::interval
       and (checked_at is null or checked_at < $1::timestamptz - $2::interval)
     order by checked_at nulls first limit $3
       for update skip locked
)
update workflow_runs r set checked_at = $1 from quiet where r.id = quiet.id
returning r.id, r.project, r.status, r.flags;

-- name: start_again
-- Temporal lost a run before it began: its row is due again.
update workflow_runs set start_after = $2 where id = $1 and status = 'pending';

-- name: set_flag
update workflow_runs set flags = array_append(flags, $2) where id = $1 and not $2 = any(flags)
returning id;

-- name: drop_flag
update workflow_runs set flags = array_remove(flags, $2) where id = $1 and $2 = any(flags)
returning id;

-- name: list_late
-- Open runs that go on for longer than their document expects, and are not known to.
select r.id, r.project, v.expect_seconds
  from workflow_versions v
  join workflow_runs r on r.workflow_id = v.workflow_id and r.version = v.version
 where v.expect_seconds is not null and r.status in ('pending', 'running', 'paused', 'stopping')
   and (r.status <> 'pending' or r.start_after is not null)
   and coalesce(r.started_at, r.created_at) + v.expect_seconds * interval '1 second' <= $1
   and not 'late' = any(r.flags)
 order by r.id limit $2;

-- name: list_open_nodes
select path, generation, node, type, name, attempt from node_runs
 where run_id = $1 and status not in ('completed', 'failed', 'skipped', 'cancelled');

-- name: list_open_gates
select path, generation, node from gates where run_id = $1 and status = 'open';
