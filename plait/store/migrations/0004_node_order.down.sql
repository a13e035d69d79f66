drop index node_runs_progress;
drop index node_runs_below;
alter table node_runs drop column sort_key;
