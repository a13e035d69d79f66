-- name: tell
-- A notifying transaction is flushed to disk like any other and holds the cluster's notify lock
-- meanwhile; a hint is not worth the wait.
select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)

-- name: check
-- Finds out that a silent connection is dead.
select 1
