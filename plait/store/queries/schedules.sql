-- Schedules: the rows, what Temporal is still to be told of them, and who waits for their runs.

-- name: insert_schedule
insert into schedules (id, project, workflow_id, name, timing, time_zone, start_at, end_at, jitter, overlap,
                       catchup_window, input, environment, version, tags, paused, note, created_by, created_at,
                       updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
on conflict (id) do nothing;

-- name: update_schedule
-- Only what the caller has seen: null if it was changed since. What is over is no reason any more.
update schedules
   set name = $4, timing = $5, time_zone = $6, start_at = $7, end_at = $8, jitter = $9, overlap = $10,
       catchup_window = $11, input = $12, environment = $13, version = $14, tags = $15, paused = $16, note = $17,
       refusal = null, updated_at = $18, revision = revision + 1
 where project = $1 and id = $2 and revision = $3 and deleted_at is null
returning revision;

-- name: pause_schedule
-- Returns nothing where it is so already.
update schedules set paused = $3, note = $4, updated_at = $5, revision = revision + 1
 where project = $1 and id = $2 and deleted_at is null and paused <> $3
returning revision;

-- name: delete_schedule
update schedules set deleted_at = $4, updated_at = $4, revision = revision + 1
 where project = $1 and id = $2 and ($3::bigint is null or revision = $3) and deleted_at is null
returning id;

-- name: list_schedules
-- A page, newest first; or one by its id.
select s.*, w.slug, w.name as workflow_name, w.enabled as workflow_enabled
  from schedules s join workflows w on w.id = s.workflow_id
 where s.project = $1 and s.deleted_at is null
   and ($2::uuid is null or s.id = $2)
   and ($3::text is null or w.slug = $3 or w.id::text = $3)
   and ($4::timestamptz is null or (s.created_at, s.id) < ($4, $5::uuid))
 order by s.created_at desc, s.id desc
 limit $6;

-- name: count_schedules
select count(*) from (
    select from schedules s join workflows w on w.id = s.workflow_id
     where s.project = $1 and s.deleted_at is null and ($2::text is null or w.slug = $2 or w.id::text = $2)
     limit 10001) counted;

-- name: list_of_workflow
-- All of one workflow, locked until the transaction ends.
select * from schedules where workflow_id = $1 and deleted_at is null order by created_at, id for update;

-- name: list_triggers_of
-- What starts a workflow by itself, the oldest first.
select 'schedule' as kind, id, name from schedules where workflow_id = $1 and deleted_at is null
union all
select 'webhook_trigger', id, name from webhook_triggers where workflow_id = $1
 order by id limit $2;

-- name: list_last_runs
-- The newest runs of some schedules, as many of each. The key of such a run ends with the time that it is for.
select s.id as schedule_id, r.id, r.status, r.created_at, r.completed_at, r.idempotency_key
  from unnest($2::text[]) s (id)
 cross join lateral (
    select id, status, created_at, completed_at, idempotency_key from workflow_runs
     where project = $1 and origin ->> 'kind' = 'schedule' and origin ->> 'id' = s.id
     order by created_at desc limit $3) r
 order by r.created_at desc, r.id desc;

-- name: read_due
-- A schedule as it is when it is due.
select s.*, w.slug from schedules s join workflows w on w.id = s.workflow_id
 where s.project = $1 and s.id = $2 and s.deleted_at is null;

-- name: note_refusal
update schedules set refusal = $3 where project = $1 and id = $2;

-- name: read_untold
-- One as Temporal is to have it, whether it was told or not.
select s.*, coalesce(w.name, s.name) as workflow_name
  from schedules s left join workflows w on w.id = s.workflow_id where s.id = $1;

-- name: claim_untold
-- What Temporal has not got, and was not told of for some seconds.
with due as (
    select id from schedules
     where told < revision and coalesce(told_at, '-infinity') <= $1::timestamptz - interval '3 seconds'
     order by told_at nulls first limit $2
       for update skip locked
)
update schedules s set told_at = $1 from due where s.id = due.id
returning s.id;

-- name: claim_unasked
-- What Temporal has, and was not asked about for a while.
with due as (
    select id from schedules
     where told = revision and told_at <= $1::timestamptz - $3::interval
     order by told_at limit $2
       for update skip locked
)
update schedules s set told_at = $1 from due where s.id = due.id
returning s.id;

-- name: mark_told
update schedules set told = $2, told_at = $3 where id = $1;

-- name: forget_schedule
-- Temporal has forgotten it.
delete from schedules where id = $1 and deleted_at is not null;

-- name: wait_for_run
insert into run_waiters (run_id, workflow) values ($1, $2) on conflict (run_id) do update set workflow = $2;

-- name: stop_waiting
delete from run_waiters where run_id = $1;

-- name: find_waiter
-- Noted at once, so that the sweeper leaves it alone for a while.
update run_waiters set told_at = $2 where run_id = $1 returning workflow;

-- name: claim_waiters
-- Those whose runs have ended, and who were not told of it for some seconds.
with due as (
    select w.run_id from run_waiters w join workflow_runs r on r.id = w.run_id
     where r.status in ('completed', 'failed', 'cancelled', 'terminated')
       and coalesce(w.told_at, '-infinity') <= $1::timestamptz - interval '3 seconds'
     order by w.told_at nulls first limit $2
       for update of w skip locked
)
update run_waiters w set told_at = $1 from due where w.run_id = due.run_id
returning w.run_id, w.workflow;

-- name: list_others
-- The open runs of a schedule besides one.
select id from workflow_runs
 where project = $1 and origin ->> 'kind' = 'schedule' and origin ->> 'id' = $2 and id <> $3
   and status in ('pending', 'running', 'paused', 'stopping');
