-- What starts runs by itself: schedules, webhooks, and events that wait for a run.

-- The row is the truth. Temporal has a schedule of the same id, is told after each change (`told` is the revision
-- that it has), and asked now and then whether it still has it. A deleted one stays until Temporal has
-- forgotten it, so it may outlive its workflow.
create table schedules (
    id              uuid primary key,
    project         text not null,
    workflow_id     uuid not null,
    name            text not null,
    timing          jsonb not null,                 -- {cron} | {every, offset}
    time_zone       text not null,
    start_at        timestamptz,
    end_at          timestamptz,
    jitter          integer not null,               -- seconds
    overlap         text not null,                  -- skip | buffer_one | buffer_all | cancel_other | ...
    catchup_window  integer not null,               -- seconds
    input           jsonb not null,                 -- with templates over `scheduled_at`
    environment     text not null,
    version         integer,                        -- null: the environment's
    tags            text[] not null default '{}',
    paused          boolean not null default false,
    note            text,
    refusal         jsonb,                          -- {scheduled_at, at, code, message}: the last time had no run
    revision        bigint not null default 1,
    told            bigint not null default 0,
    told_at         timestamptz,                    -- when Temporal was last told, or asked
    created_by      jsonb not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz
);
create index schedules_newest on schedules (project, created_at desc, id desc) where deleted_at is null;
create index schedules_of_workflow on schedules (workflow_id);
create index schedules_untold on schedules (told_at) where told < revision;
create index workflow_runs_of_schedule on workflow_runs ((origin ->> 'id'), created_at desc)
    where origin ->> 'kind' = 'schedule';

-- The workflow of a schedule that waits for a run's end, until it knows of it. `told_at` is when it was last told.
create table run_waiters (
    run_id       uuid primary key references workflow_runs (id) on delete cascade,
    workflow     text not null,
    told_at      timestamptz
);

-- A webhook is known by the hash of its token alone. It is signed with secrets that the API has as
-- `PLAIT_SECRET_<NAME>`, or with those that were made here: {secret, until}, the newest without an end.
create table webhook_triggers (
    id              uuid primary key,
    project         text not null,
    name            text not null,
    workflow_id     uuid references workflows (id) on delete cascade,
    token_hash      text not null unique,
    verify          jsonb not null,                 -- {scheme, ...}
    secret_names    text[] not null default '{}',
    secrets         jsonb not null default '[]',
    action          jsonb not null,                 -- {start} | {deliver}, with templates over body, headers, query
    "when"          text,
    delivery_id     text,
    respond         text not null,                  -- run | empty
    enabled         boolean not null default true,
    revision        bigint not null default 1,
    created_by      jsonb not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);
create index webhook_triggers_newest on webhook_triggers (project, created_at desc, id desc);
create index webhook_triggers_of_workflow on webhook_triggers (workflow_id);

-- What came in, without its content.
create table webhook_deliveries (
    id              uuid primary key,
    project         text not null,
    trigger_id      uuid not null references webhook_triggers (id) on delete cascade,
    sender_id       text,                           -- the sender's own id of it
    at              timestamptz not null,
    result          text not null,                  -- started | delivered | repeated | ignored | greeted | refused
    code            text,
    message         text,
    size            integer not null,
    media_type      text,
    run_id          uuid,
    event_id        uuid
);
create index webhook_deliveries_newest on webhook_deliveries (trigger_id, at desc, id desc);
create index webhook_deliveries_by_age on webhook_deliveries (at);

-- External events that no run has waited for yet. One goes to the first run that listens, or is forgotten.
create table mailbox_events (
    id              uuid primary key,
    project         text not null,
    sender_id       text,                           -- the sender's own id of it, once in a project
    name            text not null,
    key             text,
    payload         jsonb,
    payload_size    integer not null,
    files           uuid[] not null default '{}',
    by              jsonb not null,
    at              timestamptz not null,
    until           timestamptz not null,
    run_ids         uuid[] not null default '{}'    -- who has it; the row then stands for its sender's id alone
);
create unique index mailbox_events_once on mailbox_events (project, sender_id) where sender_id is not null;
create index mailbox_events_waiting on mailbox_events (project, at) where run_ids = '{}';
create index mailbox_events_by_age on mailbox_events (until);

-- The nodes that wait for an event: their name and key are in the metadata.
create index node_runs_listening on node_runs ((metadata ->> 'event')) where type = 'event' and status = 'waiting';

-- How long a run of this version should take at most, by its document. Those that take longer are flagged late.
alter table workflow_versions
    add column expect_seconds double precision
    generated always as (case when definition like '%"expect":%'
                              then (definition::jsonb #>> '{document,expect}')::double precision end) stored;
create index workflow_versions_expecting on workflow_versions (workflow_id, version) where expect_seconds is not null;

-- The workflow that is started when a run of this version fails, by its document. What was done about a failure stands
-- in a row of its own: `started`, or the `refusal` {code, message}.
alter table workflow_versions
    add column on_failure text
    generated always as (case when definition like '%"on_failure":%'
                              then definition::jsonb #>> '{document,on_failure,workflow}' end) stored;
create table aftermaths (
    run_id    uuid primary key references workflow_runs (id) on delete cascade,
    at        timestamptz not null,
    started   uuid,
    refusal   jsonb
);
create index workflow_runs_failed_lately on workflow_runs (completed_at) where status = 'failed';
