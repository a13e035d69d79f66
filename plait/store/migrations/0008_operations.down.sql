drop index node_runs_held;
drop index workflow_runs_without_fingerprint;
drop index workflow_runs_of_failure;
drop index workflow_runs_failures;
alter table node_runs drop column fingerprint;
alter table workflow_runs drop column fingerprint;
drop table operation_items, operations;
