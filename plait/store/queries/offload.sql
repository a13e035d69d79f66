-- name: insert_offloaded
-- Lives as long as the run, whose execution cannot be read without it. `there` says whether there is such a run,
-- `added` whether the data was not kept before.
with run as (
    select project from workflow_runs where id = $1
), added as (
    insert into payloads (id, project, kind, media_type, size, sha256, created_at)
    select $2, project, 'execution', 'application/octet-stream', $3, $4, $5 from run
    on conflict (id) do nothing
    returning id
)
select exists (select from run) as there, exists (select from added) as added

-- name: read_offloaded
select c.data
from payloads p join payload_chunks c on c.payload_id = p.id
where p.id = $1 and p.kind = 'execution'
order by c.n
