-- External events of runs. An event is a row before it is a signal; it is consumed once, in the
-- transaction that ends the node which takes it. `delivered_at` is when the workflow was last told.
create table inbound_events (
    id              uuid primary key,
    project         text not null,
    run_id          uuid not null references workflow_runs (id) on delete cascade,
    sender_id       text,                               -- the sender's own id of it, once in a run
    name            text not null,
    key             text,
    payload         jsonb,
    payload_ref     uuid,
    payload_size    integer not null,
    payload_sha256  text not null,
    by              jsonb not null,                     -- the actor {type, id, name}
    at              timestamptz not null,
    status          text not null default 'recorded',   -- recorded | kept | consumed | refused | left
    path            text,                               -- of the node that consumed or refused it
    generation      integer,
    reason          text,
    delivered_at    timestamptz not null
);
create unique index inbound_events_once on inbound_events (run_id, sender_id) where sender_id is not null;
create index inbound_events_of_run on inbound_events (run_id, at desc, id desc);
create index inbound_events_waiting on inbound_events (run_id) where status in ('recorded', 'kept');
create index inbound_events_undelivered on inbound_events (at) where status = 'recorded';
