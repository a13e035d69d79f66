-- name: insert_payload
insert into payloads (id, project, kind, name, media_type, size, sha256, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: insert_chunk
insert into payload_chunks (payload_id, n, data) values ($1, $2, $3)

-- name: finish_payload
-- A file's size and hash are known at its end; until then it has no hash and cannot be found.
update payloads set size = $2, sha256 = $3 where id = $1

-- name: delete_payload
delete from payloads where id = $1

-- name: find_payload
-- What an execution keeps for itself is nobody's to read.
select id, kind, name, media_type, size, sha256, created_at
from payloads where project = $1 and id = $2 and sha256 <> '' and kind <> 'execution'

-- name: read_chunk
select data from payload_chunks where payload_id = $1 and n = $2

-- name: read_values
-- Many at once: whoever asks knows from their rows how large they are together.
select p.id, string_agg(c.data, ''::bytea order by c.n) as data
from payloads p join payload_chunks c on c.payload_id = p.id
where p.project = $1 and p.id = any($2::uuid[]) and p.kind = 'value'
group by p.id

-- name: refer
-- A run's input is referred to by the transaction that inserts the run.
insert into payload_refs (payload_id, run_id) values ($1, $2) on conflict do nothing

-- name: sweep
-- A few at a time, so that one sweep never holds many locks.
with orphans as (
    select p.id from payloads p
    where p.created_at < $1 and not exists (select from payload_refs r where r.payload_id = p.id)
      and not exists (select from mailbox_events m where m.files @> array[p.id])
    order by p.created_at limit 500
    for update skip locked
), deleted as (
    delete from payloads p using orphans o where p.id = o.id returning p.id
)
select count(*) from deleted
