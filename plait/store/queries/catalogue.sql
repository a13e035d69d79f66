-- name: see_worker
-- A worker's sign of life.
insert into workers (id, started_at, seen_at, info) values ($1, $2, $3, $4)
on conflict (id) do update
set started_at = excluded.started_at, seen_at = excluded.seen_at, info = excluded.info

-- name: publish_entries
-- While two versions of a worker run side by side, the entry of the one that started last stands, so
-- that it does not change back and forth; the older one's sign of life still counts as `seen_at`.
-- Sorted, so that two workers lock the rows in one order.
insert into catalogue (kind, name, entry, worker_id, seen_at)
select offered.kind, offered.name, offered.entry, $2, $3
from jsonb_to_recordset($1::jsonb) as offered (kind text, name text, entry jsonb)
order by offered.kind, offered.name
on conflict (kind, name) do update
set seen_at = greatest(catalogue.seen_at, excluded.seen_at),
    (entry, worker_id) = (
        select case when outdated then catalogue.entry else excluded.entry end,
               case when outdated then catalogue.worker_id else excluded.worker_id end
        from (
            select exists (
                select from workers as owner join workers as self on self.id = excluded.worker_id
                where owner.id = catalogue.worker_id
                  and owner.id <> self.id
                  and owner.started_at > self.started_at
                  and owner.seen_at > $4
            ) as outdated
        ) as comparison
    )

-- name: forget_worker
-- It stopped by itself. What it offered stays known, and counts as running until its time is up.
delete from workers where id = $1

-- name: forget_workers
-- Those that never said goodbye.
delete from workers where seen_at < $1

-- name: read_entries
select kind, entry from catalogue order by kind, name

-- name: find_tools
select entry from catalogue where kind = 'tool' and name = any($1::text[])

-- name: read_running
select kind, name from catalogue where seen_at > $1

-- name: read_workers
select id, started_at, seen_at, info from workers where seen_at > $1 order by id

-- name: keep_agents
-- What an agent from code is, by hash. Sorted, so that two workers lock the rows in one order.
insert into code_agents (name, hash, definition)
select d.name, d.hash, d.definition
  from unnest($1::text[], $2::text[], $3::text[]) as d (name, hash, definition) order by d.name, d.hash
on conflict do nothing;
