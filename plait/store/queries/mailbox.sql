-- The project's mailbox: events that were sent to whoever waits for them.

-- name: insert_mail
-- Nothing is returned where the sender's id, or this id, was there before.
insert into mailbox_events (id, project, sender_id, name, key, payload, payload_size, files, by, at, until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict do nothing
returning *;

-- name: find_mail
select * from mailbox_events m where m.project = $1 and (m.sender_id = $2 or m.id = $3);

-- name: count_waiting
-- How much waits in the project for a run.
select count(*) as events, coalesce(sum(payload_size), 0)::bigint as bytes
  from mailbox_events where project = $1 and run_ids = '{}' and until > $2;

-- name: lock_mail
-- Held while it is handed out: it goes to nobody else meanwhile.
select * from mailbox_events where id = $1 and run_ids = '{}' and until > $2 for update;

-- name: list_listening
-- The runs that have a node which waits for this event, in the order in which they are locked.
select distinct n.run_id
  from node_runs n join workflow_runs r on r.id = n.run_id
 where n.type = 'event' and n.status = 'waiting' and n.metadata ->> 'event' = $2
   and (n.metadata ->> 'key' is null or n.metadata ->> 'key' = $3::text)
   and n.project = $1 and r.status in ('running', 'paused')
 order by n.run_id limit $4;

-- name: mark_handed_out
update mailbox_events set run_ids = $2 where id = $1;

-- name: list_wanted
-- What waits and has somebody who listens by now, the oldest first.
select m.id from mailbox_events m
 where m.run_ids = '{}' and m.until > $1
   and exists (select from node_runs n join workflow_runs r on r.id = n.run_id
                where n.type = 'event' and n.status = 'waiting' and n.metadata ->> 'event' = m.name
                  and (n.metadata ->> 'key' is null or n.metadata ->> 'key' = m.key)
                  and n.project = m.project and r.status in ('running', 'paused'))
 order by m.at limit $2;

-- name: sweep_mail
-- What nobody wanted in time, and what was handed out long ago.
delete from mailbox_events where until <= $1;

-- name: read_mail
select * from mailbox_events where id = $1;
