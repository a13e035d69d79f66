-- Who may be open at once. Everything about one slot happens under its lock, one transaction after another.

-- name: lock
select pg_advisory_xact_lock(hashtext('plait.slots'), hashtext($1));

-- name: count_open
-- Runs that hold the slot or wait for it; one that was created for later does neither yet.
select count(*) from workflow_runs
 where slot = $1 and status in ('pending', 'running', 'paused', 'stopping') and start_after is not null;

-- name: take_slot
update workflow_runs set slot = $2, slot_limit = $3, slot_policy = $4 where id = $1;

-- name: let_in
-- Those that wait, by priority and age, as far as each one's own limit reaches. They are due from now on.
with held as (
    select count(*) as runs from workflow_runs
     where slot = $1 and slot_at is not null and status in ('pending', 'running', 'paused', 'stopping')
), waiting as (
    select id, slot_limit, row_number() over (order by coalesce(priority, 3), created_at, id) as place
      from workflow_runs
     where slot = $1 and slot_at is null and status = 'pending' and start_after is not null
)
update workflow_runs r set slot_at = $2, start_after = $3
  from waiting, held
 where r.id = waiting.id and held.runs + waiting.place <= waiting.slot_limit
returning r.id;

-- name: list_displaced
-- Of the open runs under the slot the newest stay, as many as the newest one's version allows.
select id, project from (
    select id, project, requested, status, row_number() over (order by created_at desc, id desc) as place,
           first_value(slot_limit) over (order by created_at desc, id desc) as most,
           first_value(slot_policy) over (order by created_at desc, id desc) as policy
      from workflow_runs
     where slot = $1 and status in ('pending', 'running', 'paused', 'stopping') and start_after is not null) open
 where policy = 'cancel_oldest' and place > most and requested is distinct from 'cancel' and status <> 'stopping'
 order by id;

-- name: slot_of
select slot from workflow_runs where id = $1;

-- name: list_waiting
-- The slots that somebody waits for and where there is something to do: room, or older runs in the way.
select waiting.slot
  from (select slot, max(slot_limit) as most, bool_or(slot_policy = 'cancel_oldest') as displaces
          from workflow_runs
         where slot is not null and status = 'pending' and slot_at is null and start_after is not null
         group by slot) waiting
 where displaces
    or most > (select count(*) from workflow_runs held
                where held.slot = waiting.slot and held.slot_at is not null
                  and held.status in ('pending', 'running', 'paused', 'stopping'))
 limit $1;
