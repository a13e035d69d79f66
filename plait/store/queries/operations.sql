-- Operations and their items. A proposed one is a preview: nobody sees or does it before it is confirmed.

-- name: insert_operation
insert into operations (id, project, kind, title, status, arguments, request_hash, total, per_minute, by, scopes,
                        created_at, at_once)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (id) do nothing
returning id;

-- name: insert_items
insert into operation_items (operation_id, n, subject)
select $1, n, subject from unnest($2::jsonb[]) with ordinality as given (subject, n);

-- name: find_proposed
-- What a preview froze, also once it was confirmed.
select * from operations where project = $1 and id = $2 and kind = $3 and request_hash is not null for update;

-- name: confirm_operation
update operations set status = 'running', per_minute = $2, by = $3, scopes = $4, created_at = $5
 where id = $1 and status = 'proposed'
returning id;

-- name: read_operation
-- With the first of the items that failed, and what a backtest's items came to.
select o.*, coalesce(failures.items, '[]') as failures,
       case when o.kind = 'backtest' then coalesce(
           (select jsonb_object_agg(verdict, items)
              from (select result ->> 'verdict' as verdict, count(*) as items from operation_items
                     where operation_id = o.id and status = 'done' group by 1) counted), '{}') end as verdicts
  from operations o
  left join lateral (
      select jsonb_agg(jsonb_build_object('n', n, 'subject', subject, 'code', error ->> 'code',
                                          'message', error ->> 'message') order by n) as items
        from (select n, subject, error from operation_items
               where operation_id = o.id and status = 'failed' order by n limit 100) f) failures on true
 where o.project = $1 and o.id = $2 and o.status <> 'proposed';

-- name: list_operations
-- A page, newest first; a null is no condition.
select * from operations
 where project = $1 and status <> 'proposed'
   and ($2::text[] is null or kind = any($2))
   and ($3::text[] is null or status = any($3))
   and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
 order by created_at desc, id desc
 limit $6;

-- name: count_operations
-- Counted only so far.
select count(*) from (
    select from operations
     where project = $1 and status <> 'proposed'
       and ($2::text[] is null or kind = any($2)) and ($3::text[] is null or status = any($3))
     limit 10001) counted;

-- name: list_items
-- A page of items in their order; a null is no condition.
select n, subject, status, result, error, at from operation_items
 where operation_id = $1 and n > $2 and ($3::text is null or status = $3)
 order by n
 limit $4;

-- name: cancel_operation
update operations set status = 'cancelled', ended_at = $3
 where project = $1 and id = $2 and status = 'running'
returning id;

-- name: list_running
-- What is to be carried out, the oldest first.
select * from operations where status = 'running' order by created_at, id limit $1;

-- name: next_item
-- The next item of an operation that still runs, but for those that are under way, and when its turn is.
select i.n, i.subject,
       case when o.per_minute is null or o.moved_at is null then o.created_at
            else o.moved_at + interval '1 minute' / o.per_minute end as due_at
  from operations o
  join operation_items i on i.operation_id = o.id
 where o.id = $1 and o.status = 'running' and i.status = 'waiting' and i.n <> all($2::integer[])
 order by i.n limit 1;

-- name: settle_item
-- Once: whoever settles an item again, because the first answer was lost, counts nothing.
with settled as (
    update operation_items set status = $3, result = $4, error = $5, at = $6
     where operation_id = $1 and n = $2 and status = 'waiting'
    returning operation_id
)
update operations o
   set done = done + 1, failed = failed + case when $3 = 'failed' then 1 else 0 end, moved_at = $6
  from settled where o.id = settled.operation_id;

-- name: complete_operation
update operations o set status = 'completed', ended_at = $2
 where o.id = $1 and o.status = 'running'
   and not exists (select from operation_items where operation_id = o.id and status = 'waiting');

-- name: sweep_operations
-- Previews that nobody confirmed, and what ended long ago.
delete from operations where (status = 'proposed' and created_at < $1) or ended_at < $2;
