-- A rerun is a run of its own that takes what it can from another: {source, from, fresh, overrides}. `source` is
-- null where it takes nothing.
alter table workflow_runs add column rerun jsonb;
