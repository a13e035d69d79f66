-- Who does what one process does for all of them.

-- name: take_lead
-- Held until the connection ends; taking it again on the same connection is harmless.
select pg_try_advisory_lock($1);
