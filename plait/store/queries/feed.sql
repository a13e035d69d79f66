-- The feed: moved from the outbox by one leader, read from any place in it.

-- name: lock
-- One moves at a time, and none while it is rebuilt; readers do not mind, and writers of events know no such table.
lock table feed_heads in exclusive mode;

-- name: take
-- The oldest notes that were committed. Events of one run are written under its lock, so theirs come in order.
delete from feed_outbox where id in (select id from feed_outbox order by id limit $1)
returning id, run_id, seq, replayed;

-- name: place
-- Give the events their places, and return them as their readers want them. A run that was deleted meanwhile has none.
with known as (
    select coalesce(h.position, 0) + row_number() over (partition by e.project order by t.id) as position,
           t.replayed, e.project, e.run_id, e.seq, e.type, e.time, e.node, e.path, e.attempt, e.data,
           r.workflow_id, r.environment, r.key, w.slug, w.name as workflow_name
      from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::boolean[]) as t (id, run_id, seq, replayed)
      join run_events e on e.run_id = t.run_id and e.seq = t.seq
      join workflow_runs r on r.id = t.run_id
      join workflows w on w.id = r.workflow_id
      left join feed_heads h on h.project = e.project
), placed as (
    insert into feed (project, position, run_id, seq, type, workflow_id, environment, time)
    select project, position, run_id, seq, type, workflow_id, environment, time from known
), moved as (
    insert into feed_heads (project, position) select project, max(position) from known group by project
    on conflict (project) do update set position = excluded.position
)
select * from known order by project, position;

-- name: forget
-- Empties it; positions go on from where they were, so that nobody who reads on misses anything.
delete from feed;

-- name: note_all
-- Every event that belongs into it and does not wait for it already.
insert into feed_outbox (run_id, seq, replayed)
select e.run_id, e.seq, true
  from run_events e
 where (starts_with(e.type, 'workflow.run.') or starts_with(e.type, 'workflow.gate.'))
   and not exists (select from feed_outbox o where o.run_id = e.run_id and o.seq = e.seq)
 order by e.time, e.run_id, e.seq;

-- name: page_after
-- What came after a place, narrowed as asked for.
select f.position, e.seq, e.time, e.type, e.run_id, e.node, e.path, e.attempt, e.data, f.environment,
       f.workflow_id, w.slug, w.name as workflow_name
  from feed f
  join run_events e on e.run_id = f.run_id and e.seq = f.seq
  join workflows w on w.id = f.workflow_id
 where f.project = $1 and f.position > $2
   and ($3::text[] is null or f.type = any($3))
   and ($4::text is null or f.workflow_id::text = $4 or w.slug = $4)
   and ($5::text is null or f.environment = $5)
 order by f.position
 limit $6;

-- name: read_range
-- The last place that was given out, and the last that was forgotten for its age.
select position, purged from feed_heads where project = $1;

-- name: sweep
with gone as (
    delete from feed where time < $1 returning project, position
)
update feed_heads h set purged = greatest(h.purged, g.position)
  from (select project, max(position) as position from gone group by project) g
 where g.project = h.project;
