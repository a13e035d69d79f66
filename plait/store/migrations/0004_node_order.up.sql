-- What lies below a node (items, laps, compensations) is listed in the order of its numbers, by pages.
-- A number in a path is written with seven digits in the key, so that item 10 comes after item 9.
alter table node_runs
    add column sort_key text collate "C" generated always as (
        regexp_replace(regexp_replace(path, '([0-9]+)', '000000\1', 'g'), '[0-9]+([0-9]{7})', '\1', 'g')
    ) stored;
create index node_runs_below on node_runs (run_id, sort_key) where path <> node;

-- How much is done of what runs, for the progress of runs.
create index node_runs_progress on node_runs (run_id) where status = 'running' and progress > 0;
