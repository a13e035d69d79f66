-- What nodes say while they work.

-- name: write_pieces
-- One statement for what all nodes of a process said: $1 are the pieces, $2 and $3 the channel and the topics that
-- have news. Nothing of it is logged, so the commit waits for no disk, and the lock of a notification is held for
-- no longer. A worker that was thought dead may speak after its successor: what is newer stays.
with said as (
    select * from json_to_recordset($1::json) as s (
        run_id uuid, path text, project text, generation integer, attempt integer, part integer,
        start integer, text text, cut boolean)
), heads as (
    insert into streams as s (run_id, path, project, generation, attempt, part, length, cut)
    select distinct on (run_id, path) run_id, path, project, generation, attempt, part, start + char_length(text), cut
    from said order by run_id, path, generation desc, attempt desc, part desc
    on conflict (run_id, path) do update set
        generation = excluded.generation, attempt = excluded.attempt, part = excluded.part,
        length = excluded.length, cut = excluded.cut, said_at = excluded.said_at
    where (excluded.generation, excluded.attempt, excluded.part) >= (s.generation, s.attempt, s.part)
), pieces as (
    insert into stream_pieces (run_id, path, generation, attempt, part, start, text)
    select run_id, path, generation, attempt, part, start, text from said
    on conflict do nothing
)
select pg_notify($2, $3)

-- name: read_streams
-- What is behind the places that a reader has: $3 are their paths, $4 to $7 how far each was read of which text.
-- Who has no place yet ($8) is not told of nodes that have ended ($9). All heads come, with or without news: the
-- reader's next places. The text may begin behind the place: Postgres forgets it when it dies.
select s.path, s.generation, s.attempt, s.part, s.length, s.cut, piece.start, piece.text
from streams s
left join unnest($3::text[], $4::integer[], $5::integer[], $6::integer[], $7::integer[])
    as place (path, generation, attempt, part, length) using (path, generation, attempt, part)
left join lateral (
    select min(p.start) as start, string_agg(p.text, '' order by p.start) as text
    from stream_pieces p
    where s.length > coalesce(place.length, 0)
      and (p.run_id, p.path, p.generation, p.attempt, p.part) = (s.run_id, s.path, s.generation, s.attempt, s.part)
      and p.start >= coalesce(place.length, 0)
) piece on true
where s.project = $1 and s.run_id = $2
  and not ($8 and coalesce((
      select n.status from node_runs n
      where n.run_id = s.run_id and n.path = s.path and n.generation = s.generation) = any($9::text[]), false))
order by s.path

-- name: sweep
-- The texts of nodes that have ended ($2), of runs that have ended ($3) or are gone; and what a worker that was
-- thought dead said. A little later ($1), so that those who watch have read it. Each row is looked up by itself:
-- there are few, and the tables of runs and nodes are large.
with gone as (
    delete from streams s
    where s.said_at < $1 and (
        s.generation <= (
            select max(n.generation) from node_runs n
            where n.run_id = s.run_id and n.path = s.path and n.status = any($2::text[]))
        or coalesce((select r.status from workflow_runs r where r.id = s.run_id) = any($3::text[]), true))
    returning s.run_id, s.path
)
delete from stream_pieces p
where exists (select from gone where gone.run_id = p.run_id and gone.path = p.path)
   or not exists (select from streams s where s.run_id = p.run_id and s.path = p.path)
