-- name: claim_key
-- The first request with a key inserts it and goes on; who finds it there reads what became of the
-- first. A row older than a day counts as gone, and so does one whose process died at work. The same request again is
-- given the same id for what it makes: the first one may have made it, whatever became of its answer.
insert into idempotency_keys as k (project, route, key, request_hash, created_at, made)
values ($1, $2, $3, $4, $5, $8)
on conflict (project, route, key) do update
    set request_hash = excluded.request_hash, status = null, headers = null, body = null, free = false,
        created_at = excluded.created_at,
        made = case when k.created_at >= $6 and k.request_hash = excluded.request_hash then coalesce(k.made, excluded.made)
                    else excluded.made end
    where k.created_at < $6 or k.free or (k.status is null and k.created_at < $7)
returning made

-- name: read_key
select request_hash, status, headers, body from idempotency_keys
where project = $1 and route = $2 and key = $3 and not free

-- name: keep_answer
update idempotency_keys set status = $5, headers = $6, body = $7
where project = $1 and route = $2 and key = $3 and request_hash = $4

-- name: release_key
-- Nothing came of the request, so its key is free again.
update idempotency_keys set free = true
where project = $1 and route = $2 and key = $3 and request_hash = $4 and status is null

-- name: sweep_keys
delete from idempotency_keys where created_at < $1
