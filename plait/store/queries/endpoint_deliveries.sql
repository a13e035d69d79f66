-- Deliveries to webhook endpoints. A row is written with the event's place in the feed; Temporal is told after.

-- name: insert_deliveries
-- An event comes to an endpoint once, also where the feed is moved twice.
insert into endpoint_deliveries (id, project, endpoint_id, run_id, seq, type, body, due_at, created_at)
select d.id, d.project, d.endpoint_id, d.run_id, d.seq, d.type, d.body, $1, $1
  from jsonb_to_recordset($2::jsonb)
       as d (id uuid, project text, endpoint_id uuid, run_id uuid, seq bigint, type text, body jsonb)
on conflict (endpoint_id, run_id, seq) do nothing;

-- name: claim_due
-- What Temporal is to be told of. Told before and still not over, it was lost there: a new round.
with due as (
    select id from endpoint_deliveries
     where status = 'pending' and due_at <= $1::timestamptz
     order by due_at limit $2
       for update skip locked
)
update endpoint_deliveries d
   set due_at = $1::timestamptz + interval '10 seconds',
       round = d.round + (d.told_at is not null)::integer, told_at = null
  from due where d.id = due.id
returning d.id, d.project, d.round;

-- name: mark_told
-- Its attempts take a day; should it be pending long after, it is told again.
update endpoint_deliveries set told_at = $2, due_at = $2::timestamptz + interval '30 hours'
 where id = any($1::uuid[]) and status = 'pending';

-- name: load
-- What an attempt needs, with the output of the run it tells of if the endpoint is given that.
select d.status, d.type, d.body, d.round, e.id as endpoint_id, e.kind, e.url, e.enabled,
       case when e.old_secret_until > $3::timestamptz then array[e.secret, e.old_secret] else array[e.secret] end as keys,
       'output' = any(e.include) and d.type = 'workflow.run.completed' as with_output,
       r.output, r.output_ref, r.output_size, r.output_sha256
  from endpoint_deliveries d
  join webhook_endpoints e on e.id = d.endpoint_id
  left join workflow_runs r on r.id = d.run_id
 where d.project = $1 and d.id = $2;

-- name: record_attempt
-- How one attempt went, and what follows from it: for the delivery ($4 its status), and for the endpoint, which is
-- disabled when it is gone, or when so many deliveries in a row were given up.
with attempted as (
    update endpoint_deliveries
       set attempts = attempts || $3::jsonb, status = $4,
           completed_at = case when $4 = 'pending' then null else $5::timestamptz end
     where project = $1 and id = $2 and status = 'pending'
    returning endpoint_id
), told as (
    select endpoint_id, case $4 when 'delivered' then 0 when 'failed' then 1 end as given_up from attempted
     where $4 <> 'pending'
)
update webhook_endpoints e
   set given_up = case told.given_up when 0 then 0 else e.given_up + 1 end,
       enabled = e.enabled and not ($6 or (told.given_up = 1 and e.given_up + 1 >= $7)),
       disabled_reason = case when not e.enabled then e.disabled_reason
                              when $6 then 'gone'
                              when told.given_up = 1 and e.given_up + 1 >= $7 then 'failing' end,
       revision = e.revision + (e.enabled and ($6 or (told.given_up = 1 and e.given_up + 1 >= $7)))::integer
  from told
 where e.id = told.endpoint_id;

-- name: give_back
-- An endpoint that is disabled is told nothing; what waited for it is over, and may be redelivered.
update endpoint_deliveries set status = 'failed', completed_at = $3
 where project = $1 and id = $2 and status = 'pending';

-- name: list_deliveries
select id, run_id, seq, type, body, status, attempts, created_at, completed_at
  from endpoint_deliveries
 where project = $1 and endpoint_id = $2
   and ($3::text is null or status = $3)
   and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
 order by created_at desc, id desc limit $6;

-- name: count_deliveries
select count(*) from (
    select from endpoint_deliveries where project = $1 and endpoint_id = $2 and ($3::text is null or status = $3)
     limit 10001) counted;

-- name: read_delivery
select id, run_id, seq, type, body, status, attempts, created_at, completed_at
  from endpoint_deliveries where project = $1 and endpoint_id = $2 and id = $3;

-- name: redeliver
-- Once more from the beginning, under the same id. What is under way goes on as it is.
update endpoint_deliveries
   set status = 'pending', completed_at = null, due_at = $5, told_at = null, round = round + 1
 where project = $1 and endpoint_id = $2 and status <> 'pending'
   and (id = any($3::uuid[]) or (status = 'failed' and created_at >= $4))
returning id;

-- name: sweep
delete from endpoint_deliveries where status <> 'pending' and created_at < $1;
