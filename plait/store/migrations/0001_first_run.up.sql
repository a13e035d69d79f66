-- The tables of the first run. Every row carries its project, so that tenants need no rewrite.
-- Ids are UUIDv7 made in Python. Values up to 8 KiB lie inline as jsonb; larger ones in `payloads`.

create table projects (
    id          text primary key,
    name        text not null,
    created_at  timestamptz not null default now()
);
insert into projects (id, name) values ('default', 'Default');

create table workflows (
    id           uuid primary key,
    project      text not null references projects (id),
    slug         text not null,
    name         text not null,
    description  text,
    tags         text[] not null default '{}',
    visibility   text not null default 'project',
    enabled      boolean not null default true,
    archived     boolean not null default false,
    version      integer not null default 0,        -- the newest; 0 while only a draft exists
    revision     bigint not null default 1,         -- counts every change; the ETag of the envelope
    layout       jsonb,                             -- canvas positions, outside any version's hash
    draft_source text,
    draft_type   text,
    draft_at     timestamptz,
    owner        text,
    created_by   jsonb not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    deleted_at   timestamptz,                       -- asked to be deleted; goes when its last run has ended
    unique (project, slug)
);
create index workflows_newest on workflows (project, created_at desc, id desc);

-- Immutable. `hash` is of the document alone: saving an equal one changes nothing. `plan_hash` is of
-- document and catalogue slice together: what a run executes.
create table workflow_versions (
    workflow_id  uuid not null references workflows (id) on delete cascade,
    version      integer not null,
    project      text not null,
    hash         text not null,
    plan_hash    text not null,
    definition   text not null,                     -- canonical text of {document, catalogue}
    source       text not null,                     -- byte for byte what was sent
    source_type  text not null,                     -- application/json or application/yaml
    total_nodes  integer not null,
    warnings     jsonb not null default '[]',
    created_by   jsonb not null,
    created_at   timestamptz not null,
    primary key (workflow_id, version)
);
create index workflow_versions_by_plan on workflow_versions (project, plan_hash);

-- The row is the start's outbox: `pending` with a due `start_after` is claimed by the sweeper.
create table workflow_runs (
    id               uuid primary key,
    project          text not null,
    workflow_id      uuid not null references workflows (id) on delete cascade,
    version          integer not null,
    plan_hash        text not null,
    environment      text not null default 'dev',
    key              text,                          -- the business key
    idempotency_key  text,
    request_hash     text,                          -- of the start's body, to tell a replay from a reuse
    status           text not null,
    requested        text,                          -- cancel | pause
    requested_reason text,
    requested_at     timestamptz,                   -- when Temporal was last asked
    stopping_as      text,                          -- while stopping: what it will end as
    flags            text[] not null default '{}',
    input            jsonb,
    input_ref        uuid,
    input_size       integer not null default 0,
    input_sha256     text,
    input_facts      jsonb not null default '{}',
    output           jsonb,
    output_ref       uuid,
    output_size      integer,
    output_sha256    text,
    error            jsonb,
    env              jsonb not null default '{}',
    tags             text[] not null default '{}',
    metadata         jsonb not null default '{}',
    note             text,
    priority         integer,
    origin           jsonb not null,
    parent_run_id    uuid,
    owner            text,
    started_by       jsonb not null,
    total_nodes      integer not null,
    completed_nodes  integer not null default 0,
    last_seq         bigint not null default 0,
    start_after      timestamptz,                   -- null: `start: later`, not asked for yet
    start_attempts   integer not null default 0,
    traceparent      text,
    created_at       timestamptz not null,
    started_at       timestamptz,
    completed_at     timestamptz,
    last_event_at    timestamptz not null,
    checked_at       timestamptz                    -- when the reconciler last asked Temporal
);
create unique index workflow_runs_idempotency on workflow_runs (project, workflow_id, idempotency_key)
    where idempotency_key is not null;
create unique index workflow_runs_open_key on workflow_runs (project, workflow_id, key)
    where key is not null and status in ('pending', 'running', 'paused', 'stopping');
create index workflow_runs_newest on workflow_runs (project, created_at desc, id desc);
create index workflow_runs_of_workflow on workflow_runs (project, workflow_id, created_at desc, id desc);
create index workflow_runs_by_status on workflow_runs (project, status, created_at desc, id desc);
create index workflow_runs_by_tag on workflow_runs using gin (tags);
create index workflow_runs_by_metadata on workflow_runs using gin (metadata jsonb_path_ops);
create index workflow_runs_children on workflow_runs (parent_run_id) where parent_run_id is not null;
create index workflow_runs_due on workflow_runs (start_after) where status = 'pending';
create index workflow_runs_open on workflow_runs (last_event_at)
    where status in ('running', 'paused', 'stopping');

create index workflow_runs_cancelling on workflow_runs (requested_at)
    where requested = 'cancel' and status in ('running', 'paused');

-- The ledger: one row a node run and generation (one more for each retry by hand). Its end is one
-- compare-and-set; who comes second reads what the first wrote.
create table node_runs (
    run_id         uuid not null,
    path           text not null,
    generation     integer not null,
    project        text not null,
    node           text not null,
    type           text not null,
    name           text,
    status         text not null,
    outcome        text,
    attempt        integer not null default 0,
    attempts       jsonb not null default '[]',     -- [{attempt, status, started_at, completed_at, error, worker}]
    progress       real,
    message        text,
    input          jsonb,
    input_ref      uuid,
    input_size     integer,
    input_sha256   text,
    output         jsonb,
    output_ref     uuid,
    output_size    integer,
    output_sha256  text,
    has_output     boolean not null default false,
    facts          jsonb not null default '{}',
    error          jsonb,
    why            jsonb,
    metadata       jsonb,
    trace_id       text,
    ready_at       timestamptz,
    started_at     timestamptz,
    completed_at   timestamptz,
    updated_at     timestamptz not null,
    primary key (run_id, path, generation)
) with (fillfactor = 80);
create index node_runs_waiting on node_runs (run_id) where status in ('waiting', 'held', 'retrying');

-- Append-only; `seq` has no gap in a run. `key` makes a repeated write harmless.
create table run_events (
    run_id   uuid not null,
    seq      bigint not null,
    key      text not null,
    project  text not null,
    type     text not null,
    node     text,
    path     text,
    attempt  integer,
    data     jsonb not null default '{}',
    time     timestamptz not null,
    primary key (run_id, seq)
);
create unique index run_events_once on run_events (run_id, key);

-- Nodes and events are written under their run's lock alone, so no row has to be checked for its run:
-- a foreign key would check each, a third of the cost of writing it. This deletes what it would.
create function forget_runs() returns trigger language plpgsql as $$
begin
    delete from run_events e using gone where e.run_id = gone.id;
    delete from node_runs n using gone where n.run_id = gone.id;
    return null;
end $$;
create trigger forget_runs after delete on workflow_runs referencing old table as gone
    for each statement execute function forget_runs();

create table gates (
    id                  uuid primary key,           -- uuid5 of run, path and generation
    project             text not null,
    run_id              uuid not null references workflow_runs (id) on delete cascade,
    path                text not null,
    generation          integer not null,
    node                text not null,
    kind                text not null default 'human',
    title               text not null,
    instructions        text,
    show                jsonb not null default '[]',
    form_schema         jsonb,
    prefill             jsonb,
    outcomes            text[] not null,
    approvers           text[] not null,
    quorum              jsonb not null,
    reject              text not null,
    allow_self_approval boolean not null default false,
    status              text not null default 'open',
    opened_at           timestamptz not null,
    due_at              timestamptz,
    decided_at          timestamptz,
    unique (run_id, path, generation)
);
create index gates_inbox on gates (project, status, opened_at desc, id desc);

-- A vote is a row before it is a signal. `delivered_at` is when the workflow was last told.
create table gate_votes (
    id            uuid primary key,                 -- uuid5 of gate, voter and body
    gate_id       uuid not null references gates (id) on delete cascade,
    project       text not null,
    run_id        uuid not null,
    path          text not null,
    generation    integer not null,
    decision      text not null,
    form          jsonb,
    comment       text,
    by            jsonb not null,                   -- the actor {type, id, name}
    groups        text[] not null default '{}',
    at            timestamptz not null,
    status        text not null default 'recorded', -- recorded | applied | refused
    reason        text,
    delivered_at  timestamptz
);
create index gate_votes_of_gate on gate_votes (gate_id, at);
create index gate_votes_undelivered on gate_votes (at) where status = 'recorded';

create table overrides (
    id            uuid primary key,
    project       text not null,
    run_id        uuid not null references workflow_runs (id) on delete cascade,
    path          text not null,
    generation    integer not null,
    action        text not null,                    -- retry | succeed | skip
    output        jsonb,
    reason        text,
    by            jsonb not null,
    at            timestamptz not null,
    status        text not null default 'recorded', -- recorded | applied | refused
    refusal       text,
    delivered_at  timestamptz
);
create index overrides_undelivered on overrides (at) where status = 'recorded';

-- A payload is committed before the row that refers to it; one without a reference is an orphan
-- and is swept after an hour.
create table payloads (
    id          uuid primary key,
    project     text not null,
    kind        text not null default 'value',      -- value | file
    name        text,
    media_type  text not null default 'application/json',
    size        bigint not null,
    sha256      text not null,
    created_at  timestamptz not null
);
create index payloads_by_age on payloads (created_at);
create table payload_chunks (
    payload_id  uuid not null references payloads (id) on delete cascade,
    n           integer not null,
    data        bytea not null,
    primary key (payload_id, n)
);
alter table payload_chunks alter column data set storage external;
create table payload_refs (
    payload_id  uuid not null references payloads (id) on delete cascade,
    run_id      uuid not null references workflow_runs (id) on delete cascade,
    primary key (payload_id, run_id)
);
create index payload_refs_of_run on payload_refs (run_id);

create table idempotency_keys (
    project       text not null,
    route         text not null,
    key           text not null,
    request_hash  text not null,
    status        integer,                          -- null while in flight
    headers       jsonb,
    body          bytea,
    created_at    timestamptz not null,
    primary key (project, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- What workers offer. An entry stays after its last worker went: it tells `unknown_tool` from
-- `tool_not_running`.
create table workers (
    id          text primary key,
    started_at  timestamptz not null,
    seen_at     timestamptz not null,
    info        jsonb not null default '{}'
);
create table catalogue (
    kind       text not null,                       -- node_type | tool
    name       text not null,
    entry      jsonb not null,
    worker_id  text not null,
    seen_at    timestamptz not null,
    primary key (kind, name)
);

-- One row a name: the reconciler's cursor and the like.
create table cursors (
    name   text primary key,
    value  jsonb not null
);
