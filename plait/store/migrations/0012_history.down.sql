drop table rollups;
drop function add_counts(jsonb, jsonb);
drop index run_events_logs;
drop trigger count_moved_run on workflow_runs;
drop trigger count_new_run on workflow_runs;
drop function count_run();
drop table run_count_changes, run_counts;
alter index workflow_runs_by_metadata reset (fastupdate);
alter index workflow_runs_by_tag reset (fastupdate);
drop index workflow_runs_words, workflow_runs_of_parent, workflow_runs_dearest, workflow_runs_longest,
    workflow_runs_ended, workflow_runs_under_way, workflow_runs_flagged, workflow_runs_of_error,
    workflow_runs_of_origin, workflow_runs_of_owner, workflow_runs_of_key, workflow_runs_of_version, workflow_runs_by_version,
    workflow_runs_by_status, workflow_runs_of_workflow, workflow_runs_newest;
create index workflow_runs_newest on workflow_runs (project, created_at desc, id desc);
create index workflow_runs_of_workflow on workflow_runs (project, workflow_id, created_at desc, id desc);
create index workflow_runs_by_status on workflow_runs (project, status, created_at desc, id desc);
create index workflow_runs_children on workflow_runs (parent_run_id) where parent_run_id is not null;
alter table node_runs
    drop column agent, drop column model, drop column cost_usd, drop column input_tokens, drop column output_tokens;
alter table workflow_runs reset (fillfactor);
alter table workflow_runs
    drop column words, drop column cost_usd, drop column input_tokens, drop column output_tokens,
    drop column active_for, drop column active_at, drop column executing;
