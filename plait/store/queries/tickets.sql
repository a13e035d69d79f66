-- Tickets of streams.

-- name: insert_ticket
insert into stream_tickets (hash, project, caller, expires_at) values ($1, $2, $3, $4);

-- name: take_ticket
-- Once, however many ask at the same moment.
delete from stream_tickets where hash = $1 returning project, caller, expires_at;

-- name: sweep
delete from stream_tickets where expires_at <= $1;
