-- name: lock_name
-- It may have no row yet that could be locked.
select pg_advisory_xact_lock(hashtext('plait.naming'), hashtext($1));
