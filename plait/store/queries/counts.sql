-- How many runs there are, by workflow, environment and status: counted as they change, never all over again.

-- name: read_counts
-- What was added up, and the changes since, of one moment.
select status, sum(runs)::bigint as runs
  from (select project, workflow_id, environment, status, runs from run_counts
        union all
        select project, workflow_id, environment, status, change from run_count_changes) counted
 where project = $1 and ($2::uuid is null or workflow_id = $2) and ($3::text is null or environment = $3)
 group by status;

-- name: add_up
-- In the order of the key, so that two processes that add up at once never wait for each other in a circle.
with taken as (
    delete from run_count_changes returning *
), counted as (
    insert into run_counts
    select project, workflow_id, environment, status, sum(change) from taken
     group by project, workflow_id, environment, status having sum(change) <> 0
     order by project, workflow_id, environment, status
    on conflict (project, workflow_id, environment, status) do update set runs = run_counts.runs + excluded.runs
    returning 1
)
select count(*) from counted;
