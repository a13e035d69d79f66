drop index workflow_runs_of_eval;
alter table operations drop column at_once;
