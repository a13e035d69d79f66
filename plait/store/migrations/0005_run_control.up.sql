-- What people want of a run while it goes on: a row before it is a signal, answered once by its workflow.
-- `n` is the order in which a run's are carried out: they are written under the run's lock. `cause` is the
-- command to a run above that this one follows from. `delivered_at` is when the workflow was last told.
create table run_commands (
    id            uuid primary key,
    n             bigint generated always as identity,
    project       text not null,
    run_id        uuid not null references workflow_runs (id) on delete cascade,
    kind          text not null,                    -- pause | resume | step | continue | breakpoints | migrate
    args          jsonb not null default '{}',
    reason        text,
    by            jsonb not null,                   -- the actor {type, id, name}
    cause         uuid,
    at            timestamptz not null,
    status        text not null default 'recorded', -- recorded | applied | refused
    refusal       text,
    delivered_at  timestamptz not null
);
create index run_commands_of_run on run_commands (run_id, n);
create unique index run_commands_following on run_commands (run_id, cause, kind) where cause is not null;
create index run_commands_undelivered on run_commands (at) where status = 'recorded';

-- `debug` stops before each node, `breakpoints` before these: as they were last asked for. `pause` is set while
-- the run is paused: {by, reason, at, command, cause}, or {at, breakpoint} with the path that it stopped before.
alter table workflow_runs
    add column debug boolean not null default false,
    add column breakpoints text[] not null default '{}',
    add column pause jsonb;
-- What a run is paused before is shown with its input; nothing else is pending and has one.
create index node_runs_paused_before on node_runs (run_id) where status = 'pending';
create index workflow_runs_paused on workflow_runs (id) where status = 'paused';
