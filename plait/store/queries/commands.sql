-- What people want of runs that go on. Written under the run's lock, so that each run's have one order.

-- name: lock_run
-- The run as an answer depends on it. Commands to one run wait for each other here.
select r.id, r.status, r.requested, r.stopping_as, r.start_after, r.breakpoints, r.pause, r.budget,
       exists (select from node_runs n where n.run_id = r.id and n.status = 'pending'
                  and coalesce(n.input_sha256, n.message) is not null) as steppable
  from workflow_runs r where r.project = $1 and r.id = $2 for no key update of r;

-- name: insert_command
insert into run_commands (id, project, run_id, kind, args, reason, by, cause, at, delivered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
on conflict do nothing
returning id;

-- name: write_request
-- What is asked of the run and not answered yet; breakpoints hold as soon as they are asked for.
update workflow_runs set requested = $2, breakpoints = coalesce($3::text[], breakpoints) where id = $1;

-- name: write_budget
update workflow_runs set budget = $2 where id = $1;

-- name: list_short
-- Runs that are paused for money, each with what it waits for (`over`), and whether there is room by now (`has_room`):
-- on the account of the run that it met (`payer`), or on its project's of this month.
select r.id, r.project, r.pause -> 'budget' as over, r.pause ->> 'at' as since, p.id as payer,
       p.status = 'running' and p.requested is null as payer_goes_on,
       case r.pause #>> '{budget,limit}'
           when 'seconds' then p.active_for < make_interval(secs => (p.budget ->> 'seconds')::float8)
           when 'cost_usd' then
               coalesce(coalesce(p.spent_usd + p.reserved_usd, s.spent_usd + s.reserved_usd, 0)
                        + (r.pause #>> '{budget,wanted}')::numeric
                        <= case when p.id is null then b.cost_usd else (p.budget ->> 'cost_usd')::numeric end, true)
           when 'tokens' then
               coalesce(coalesce(p.input_tokens + p.output_tokens + p.reserved_tokens,
                                 s.input_tokens + s.output_tokens + s.reserved_tokens, 0)
                        + (r.pause #>> '{budget,wanted}')::numeric
                        <= case when p.id is null then b.tokens else (p.budget ->> 'tokens')::numeric end, true)
       end as has_room
  from workflow_runs r
  left join workflow_runs p on p.id = (r.pause #>> '{budget,run_id}')::uuid
  left join project_budgets b on b.project = r.project
  left join project_spending s on s.project = r.project and s.month = date_trunc('month', now() at time zone 'UTC')::date
 where r.status = 'paused' and r.requested is null and r.pause #>> '{budget,limit}' is not null
 order by r.id limit 500;

-- name: list_paused_before
-- What the run is paused before, in the order in which it came there; values as long as reads show them.
select n.path, n.generation, n.node, n.message, n.input, n.input_ref, n.input_size, n.input_sha256,
       case when n.input_size <= 65536 then
           (select convert_from(string_agg(c.data, ''::bytea order by c.n), 'UTF8')
              from payload_chunks c where c.payload_id = n.input_ref) end as input_text,
       (select substr(c.data, 1, 200) from payload_chunks c where c.payload_id = n.input_ref and c.n = 0) as input_head
  from node_runs n
 where n.run_id = $1 and n.status = 'pending' and coalesce(n.input_sha256, n.message) is not null
 order by n.ready_at, n.sort_key limit 100;

-- name: list_recorded
-- What the workflow has not answered, in order.
select id, kind, args from run_commands
 where project = $1 and run_id = $2 and status = 'recorded'
 order by n limit 100;

-- name: find_commands
select id, kind, args, reason, by, cause from run_commands
 where project = $1 and run_id = $2 and id = any($3::uuid[]);

-- name: read_command
select status, refusal from run_commands where id = $1;

-- name: claim_commands
-- Commands that the workflow has not answered, of runs that are under way: a run's first record makes it so, and
-- what begins asks for them by itself. Told again after a second, then each time after twice as long, at most 10
-- minutes: while no worker runs, signals only wait, and an execution takes no more than 10,000 of them.
with due as (
    select c.id from run_commands c join workflow_runs r on r.id = c.run_id
     where c.status = 'recorded'
       and c.delivered_at <= $1::timestamptz
                             - greatest(interval '1 second', least(c.delivered_at - c.at, interval '10 minutes'))
       and r.status in ('running', 'paused', 'stopping')
     order by c.at limit $2
       for update of c skip locked
)
update run_commands c set delivered_at = $1 from due where c.id = due.id
returning c.id, c.run_id;

-- name: refuse_commands_of_ended
update run_commands c set status = 'refused', refusal = 'the run has ended'
  from workflow_runs r
 where c.run_id = r.id and c.status = 'recorded'
   and r.status in ('completed', 'failed', 'cancelled', 'terminated')
   and c.at < $1::timestamptz - interval '10 seconds';

-- name: list_to_pause
-- Sub-workflows that are waited for, of runs that somebody has paused: each follows each pause once. Of one that
-- was detached the node has completed.
select c.id, c.project, p.pause, p.id as above, w.slug
  from workflow_runs p
  join workflows w on w.id = p.workflow_id
  join workflow_runs c on c.parent_run_id = p.id and c.parent_path is not null
  left join node_runs n on n.run_id = p.id and n.path = c.parent_path and n.generation = c.parent_generation
 where p.status = 'paused' and p.pause ->> 'command' is not null
   and c.status in ('pending', 'running') and c.requested is null and n.status is distinct from 'completed'
   and not exists (select from run_commands k where k.run_id = c.id and k.kind = 'pause'
                      and k.cause = (p.pause ->> 'command')::uuid)
 order by c.id limit $1;

-- name: list_to_resume
-- Those that were paused so, or are about to be, once the run above is not paused by that command any more,
-- however it went on.
select f.id, f.project, f.cause, p.id as above, w.slug
  from (select c.id, c.project, c.parent_run_id, (c.pause ->> 'cause')::uuid as cause
          from workflow_runs c
         where c.status = 'paused' and c.requested is null and c.pause ->> 'cause' is not null
        union all
        select c.id, c.project, c.parent_run_id, k.cause
          from run_commands k join workflow_runs c on c.id = k.run_id
         where k.status = 'recorded' and k.kind = 'pause' and k.cause is not null and c.requested = 'pause') f
  join workflow_runs p on p.id = f.parent_run_id
  join workflows w on w.id = p.workflow_id
 where p.status in ('running', 'paused', 'stopping')
   and p.pause ->> 'command' is distinct from f.cause::text
   and not exists (select from run_commands l where l.run_id = f.id and l.kind = 'resume' and l.cause = f.cause)
 order by f.id limit $1;
