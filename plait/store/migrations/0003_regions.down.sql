drop index node_runs_of_children;
drop index workflow_runs_child_once;
alter table workflow_runs
    drop column parent_path,
    drop column parent_generation,
    drop column depth,
    drop column parent_told_at;
drop table map_items;
