-- The id of what a POST makes, by its Idempotency-Key: whoever sends it again, because the answer was lost, finds what the
-- first has made. A key whose request came to nothing is no longer taken away, but free for the next one.

alter table idempotency_keys
    add column made uuid,
    add column free boolean not null default false;
