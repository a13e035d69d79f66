-- Whatever is too long for one request: its items are frozen when it is asked for, and each is settled by itself,
-- so that whoever goes on after a crash goes on with the next one.
create table operations (
    id            uuid primary key,
    project       text not null references projects (id),
    kind          text not null,
    title         text not null,                    -- what it does, for people
    status        text not null,                    -- proposed | running | completed | cancelled
    arguments     jsonb not null default '{}',      -- what holds for every item
    request_hash  text,                             -- of the preview, which the call that confirms it must equal
    total         integer not null,
    done          integer not null default 0,       -- items that are settled, failed ones among them
    failed        integer not null default 0,
    per_minute    integer,
    by            jsonb not null,                   -- the actor {type, id, name}
    scopes        text[] not null,                  -- what the actor might do when it was asked for
    created_at    timestamptz not null,
    moved_at      timestamptz,                      -- when the last item was settled
    ended_at      timestamptz
);
create index operations_newest on operations (project, created_at desc, id desc);
create index operations_running on operations (created_at) where status = 'running';

create table operation_items (
    operation_id  uuid not null references operations (id) on delete cascade,
    n             integer not null,                 -- from 1, in the order in which they are done
    subject       jsonb not null,
    status        text not null default 'waiting',  -- waiting | done | failed
    result        jsonb,
    error         jsonb,                            -- {code, message}
    at            timestamptz,
    primary key (operation_id, n)
);
create index operation_items_waiting on operation_items (operation_id, n) where status = 'waiting';
create index operation_items_failed on operation_items (operation_id, n) where status = 'failed';

-- Failures of one kind have one fingerprint: of a run that failed, and of a node that is held.
alter table workflow_runs add column fingerprint text;
alter table node_runs add column fingerprint text;
create index workflow_runs_failures
    on workflow_runs (project, environment, completed_at, fingerprint, workflow_id) where fingerprint is not null;
create index workflow_runs_of_failure on workflow_runs (project, fingerprint, completed_at desc)
    where fingerprint is not null;
create index workflow_runs_without_fingerprint on workflow_runs (id)
    where status = 'failed' and error is not null and fingerprint is null;
create index node_runs_held on node_runs (project, fingerprint) where status = 'held';
