-- What was recorded and not yet delivered. Every claim pushes the next one back and skips what another process
-- holds, so any number of API processes may sweep at once.

-- name: claim_starts
-- Pending runs whose start is due. The next look comes later each time, at most a minute.
with due as (
    select id from workflow_runs
     where status = 'pending' and start_after <= $1::timestamptz and (slot is null or slot_at is not null)
     order by start_after limit $2
       for update skip locked
)
update workflow_runs r
   set start_attempts = r.start_attempts + 1,
       start_after = $1::timestamptz + least(interval '1 minute', interval '2 seconds' * power(2, least(r.start_attempts, 5)))
  from due where r.id = due.id
returning r.id;

-- name: list_orders
-- What Temporal is told of these runs, of those that need not wait for a slot.
select r.id, r.project, r.environment, r.env, r.plan_hash, r.input_size, r.input_facts, r.priority, r.traceparent,
       r.rerun, r.debug, r.breakpoints, r.requested is not null as commanded,
       workers_are_combined() as nearby, w.slug, w.name, v.definition
  from workflow_runs r
  join workflows w on w.id = r.workflow_id
  join workflow_versions v on v.workflow_id = r.workflow_id and v.version = r.version
 where r.id = any($1::uuid[]) and r.status = 'pending' and (r.slot is null or r.slot_at is not null);

-- name: mark_handed_over
-- Temporal has them: nothing is due any more. The reconciler asks after those that never begin.
update workflow_runs set start_after = 'infinity' where id = any($1::uuid[]) and status = 'pending';

-- name: claim_cancels
-- Runs whose cancel was asked for and has not shown.
with due as (
    select id from workflow_runs
     where requested = 'cancel' and status in ('running', 'paused') and requested_at <= $1::timestamptz - interval '3 seconds'
     order by requested_at limit $2
       for update skip locked
)
update workflow_runs r set requested_at = $1 from due where r.id = due.id
returning r.id;

-- name: claim_votes
-- Votes that were recorded and have neither counted nor been refused.
with due as (
    select id from gate_votes
     where status = 'recorded' and delivered_at <= $1::timestamptz - interval '3 seconds'
     order by at limit $2
       for update skip locked
)
update gate_votes v set delivered_at = $1 from due where v.id = due.id
returning v.id, v.run_id;

-- name: claim_overrides
with due as (
    select id from overrides
     where status = 'recorded' and delivered_at <= $1::timestamptz - interval '3 seconds'
     order by at limit $2
       for update skip locked
)
update overrides o set delivered_at = $1 from due where o.id = due.id
returning o.id, o.run_id;

-- name: refuse_late_votes
-- A closed gate has marked the votes that counted; what is still only recorded came too late.
update gate_votes v set status = 'refused', reason = 'gate_closed'
  from gates g
 where g.id = v.gate_id and g.status <> 'open' and v.status = 'recorded';

-- name: refuse_overrides_of_ended
update overrides o set status = 'refused', refusal = 'the run has ended'
  from workflow_runs r
 where o.run_id = r.id and o.status = 'recorded'
   and r.status in ('completed', 'failed', 'cancelled', 'terminated')
   and o.at < $1::timestamptz - interval '10 seconds';

-- name: claim_events
-- Events that no workflow has loaded, of runs that are under way: a run's first record makes it so. They are
-- told again after 3 seconds, then each time after twice as long, at most 10 minutes: while no worker runs,
-- signals only wait, and an execution takes no more than 10,000 of them.
with due as (
    select e.id from inbound_events e join workflow_runs r on r.id = e.run_id
     where e.status = 'recorded'
       and e.delivered_at <= $1::timestamptz
                             - greatest(interval '3 seconds', least(e.delivered_at - e.at, interval '10 minutes'))
       and r.status in ('running', 'paused', 'stopping')
     order by e.at limit $2
       for update of e skip locked
)
update inbound_events e set delivered_at = $1 from due where e.id = due.id
returning e.id, e.run_id;

-- name: leave_events_of_ended
-- A run's last flush leaves what nobody took; this is for runs that were cancelled before they began.
update inbound_events e set status = 'left', reason = 'the run has ended'
  from workflow_runs r
 where e.run_id = r.id and e.status = 'recorded'
   and r.status in ('completed', 'failed', 'cancelled', 'terminated');
