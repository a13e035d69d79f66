-- Ended runs are archived when their retention has passed, and purged once their archive is complete. What stays
-- of a purged run is its row without values.

-- One file with up to some dozens of runs. `attempt` counts who has begun to write it: whoever finds that another
-- has begun since leaves it alone. `runs` says where in the file each run lies: {id: {start, length, sha256}}.
create table archives (
    id             uuid primary key,
    project        text not null references projects (id),
    status         text not null default 'writing', -- writing | complete
    attempt        integer not null default 1,
    claimed_until  timestamptz not null,
    file           text,
    size           bigint,
    sha256         text,
    runs           jsonb not null default '{}',
    created_at     timestamptz not null,
    completed_at   timestamptz
);
create index archives_writing on archives (claimed_until) where status = 'writing';

-- `archive_id` claims a run for an archive. A restored run has its rows again, for reading, for some days.
alter table workflow_runs
    add column archive_id uuid,
    add column purged_at timestamptz,
    add column restored_at timestamptz;
create index workflow_runs_unarchived on workflow_runs (workflow_id, completed_at)
    where completed_at is not null and archive_id is null;
create index workflow_runs_purged on workflow_runs (project) where purged_at is not null;
create index workflow_runs_unpurged on workflow_runs (archive_id) where archive_id is not null and purged_at is null;

-- The events of a run that is restored were told when they happened.
drop trigger note_for_feed on run_events;
create trigger note_for_feed after insert on run_events for each row
    when ((starts_with(new.type, 'workflow.run.') or starts_with(new.type, 'workflow.gate.'))
          and current_setting('plait.restoring', true) is distinct from 'yes')
    execute function note_for_feed();
