-- Limits on how many runs are open at once. The slot that a run holds is its own row: it is taken when `slot_at` is
-- set and free when the run has ended, so that no kill can leak one.
alter table workflow_runs
    add column slot text,                           -- hash of workflow, environment and key; null: no limit
    add column slot_limit integer,                  -- runs that may be open under it, as this run's version says
    add column slot_policy text,                    -- queue | reject | cancel_oldest
    add column slot_at timestamptz;                 -- when the run was let in; null: it waits
create index workflow_runs_slots on workflow_runs (slot)
    where slot is not null and status in ('pending', 'running', 'paused', 'stopping');
