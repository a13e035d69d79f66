-- External events of a run: recorded by the API, loaded and taken by the workflow's activities.

-- name: lock_run
-- Held until the event is in: so many may wait and no more, and no run ends with an event coming in
-- after its end. As the Recorder locks it, so that who refers to the run is not held up.
select status from workflow_runs where project = $1 and id = $2 for no key update;

-- name: find_repeated
-- Sent before: by its sender's id, or by an id of ours that stands for the request's key.
select id, sender_id, name, key, payload_size, by, at, status, path, reason
  from inbound_events where run_id = $1 and (sender_id = $2 or id = $3);

-- name: read_waiting
select count(*) as events, coalesce(sum(payload_size), 0)::bigint as bytes
  from inbound_events where run_id = $1 and status in ('recorded', 'kept');

-- name: insert_event
with referred as (
    insert into payload_refs (payload_id, run_id)
    select id, $3 from payloads where project = $2 and id = any($13::uuid[])
    on conflict do nothing
)
insert into inbound_events (id, project, run_id, sender_id, name, key, payload, payload_ref, payload_size,
                            payload_sha256, by, at, delivered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
returning id, sender_id, name, key, payload_size, by, at, status, path, reason;

-- name: list_events
select id, sender_id, name, key, payload_size, by, at, status, path, reason
  from inbound_events
 where project = $1 and run_id = $2
   and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
 order by at desc, id desc
 limit $5;

-- name: count_events
-- How many the run has; counted only so far.
select count(*) from (select from inbound_events where project = $1 and run_id = $2 limit 10001) counted;

-- name: load_events
-- The workflow has them from now on, so nobody tells it again. What it was told before is read once more, also
-- what was taken since: the workflow's own task may have been lost after that, and with it all that it knew.
with kept as (
    update inbound_events set status = 'kept'
     where project = $1 and run_id = $2 and id = any($3::uuid[]) and status = 'recorded'
    returning id, name, key, payload_size, at
)
select id, name, key, payload_size from (
    select id, name, key, payload_size, at from kept
    union all
    select id, name, key, payload_size, at from inbound_events
     where project = $1 and run_id = $2 and id = any($3::uuid[]) and status in ('kept', 'consumed', 'refused')
) loaded
 order by at, id;

-- name: find_event
select id, name, key, status, path, generation, reason, payload, payload_ref, payload_size, payload_sha256
  from inbound_events where project = $1 and run_id = $2 and id = $3;
