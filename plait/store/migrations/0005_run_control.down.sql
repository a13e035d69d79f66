drop index workflow_runs_paused;
drop index node_runs_paused_before;
alter table workflow_runs drop column pause, drop column breakpoints, drop column debug;
drop table run_commands;
