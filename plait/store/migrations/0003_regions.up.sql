-- The items of maps, a page of neighbours a row, written before the map's row says how many there are.
create table map_items (
    run_id      uuid not null references workflow_runs (id) on delete cascade,
    path        text not null,                      -- of the map, with its generation
    generation  integer not null,
    first       integer not null,                   -- the number of the page's first item, from 0
    project     text not null,
    data        bytea not null,                     -- one item a line, as JSON
    primary key (run_id, path, generation, first)
);

-- A sub-workflow's run is the child of the node at this path and generation, once. `depth` counts the
-- runs above it. `parent_told_at` is when its parent was last told that it has ended.
alter table workflow_runs
    add column parent_path text,
    add column parent_generation integer,
    add column depth integer not null default 0,
    add column parent_told_at timestamptz;
create unique index workflow_runs_child_once on workflow_runs (parent_run_id, parent_path, parent_generation)
    where parent_path is not null;
create index workflow_runs_open_children on workflow_runs (parent_run_id)
    where parent_path is not null and status in ('pending', 'running', 'paused');

-- The nodes that may wait for a child.
create index node_runs_of_children on node_runs (run_id, path, generation)
    where type = 'subworkflow' and status = 'running';
