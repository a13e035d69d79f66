drop index workflow_runs_slots;
alter table workflow_runs drop column slot, drop column slot_limit, drop column slot_policy, drop column slot_at;
