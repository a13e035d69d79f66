alter table workflow_runs drop column rerun;
