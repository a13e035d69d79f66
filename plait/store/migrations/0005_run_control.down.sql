drop index workflow_runs_paused;
alter table workflow_runs drop column pause, drop column breakpoints, drop column debug;
drop table run_commands;
