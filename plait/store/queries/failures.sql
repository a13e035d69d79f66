-- Failures by fingerprint: of runs that failed and, while they wait for a hand, of held nodes.

-- name: group_failures
-- A page of groups, the latest or the most frequent first. Groups are made from an index of failures alone; the
-- example and the names of workflows are looked up for the page only.
with failed as (
    select fingerprint, workflow_id, count(*) as failed, 0::bigint as held,
           min(completed_at) as first_seen, max(completed_at) as last_seen
      from workflow_runs
     where project = $1 and fingerprint is not null and completed_at >= $4
       and ($2::text is null or environment = $2) and ($3::uuid is null or workflow_id = $3)
     group by fingerprint, workflow_id
), held as (
    select n.fingerprint, r.workflow_id, 0::bigint as failed, count(*) as held,
           min(n.updated_at) as first_seen, max(n.updated_at) as last_seen
      from node_runs n join workflow_runs r on r.id = n.run_id
     where n.project = $1 and n.status = 'held' and n.fingerprint is not null and n.updated_at >= $4
       and not exists (select from node_runs later where later.run_id = n.run_id and later.path = n.path
                          and later.generation > n.generation)
       and ($2::text is null or r.environment = $2) and ($3::uuid is null or r.workflow_id = $3)
     group by n.fingerprint, r.workflow_id
), groups as (
    select fingerprint, sum(failed)::bigint as failed, sum(held)::bigint as held,
           min(first_seen) as first_seen, max(last_seen) as last_seen, array_agg(distinct workflow_id) as workflow_ids
      from (select * from failed union all select * from held) every
     group by fingerprint
), page as (
    select * from groups
     where ($5::timestamptz is null or (last_seen, fingerprint) < ($5, $6))
     order by last_seen desc, fingerprint desc
     limit $7
)
select p.*, example.run_id, example.error,
       (select jsonb_agg(jsonb_build_object('id', w.id, 'slug', w.slug, 'name', w.name) order by w.slug)
          from workflows w where w.id = any(p.workflow_ids)) as workflows
  from page p
  cross join lateral (
      select * from (
          (select r.id as run_id, r.error, r.completed_at as at from workflow_runs r
            where r.project = $1 and r.fingerprint = p.fingerprint and p.failed > 0
              and ($2::text is null or r.environment = $2) and ($3::uuid is null or r.workflow_id = $3)
            order by r.completed_at desc limit 1)
          union all
          (select n.run_id, n.error, n.updated_at from node_runs n join workflow_runs r on r.id = n.run_id
            where n.project = $1 and n.status = 'held' and n.fingerprint = p.fingerprint and p.held > 0
              and not exists (select from node_runs later where later.run_id = n.run_id and later.path = n.path
                                 and later.generation > n.generation)
              and ($2::text is null or r.environment = $2) and ($3::uuid is null or r.workflow_id = $3)
            order by n.updated_at desc limit 1)) newest
       order by at desc limit 1) example
 order by p.last_seen desc, p.fingerprint desc;

-- name: list_without_fingerprint
-- Runs that failed before failures had fingerprints, or that an older process has written since.
select id, error from workflow_runs
 where status = 'failed' and error is not null and fingerprint is null order by id limit $1;

-- name: list_held_without
select run_id, path, generation, error from node_runs
 where status = 'held' and error is not null and fingerprint is null limit $1;

-- name: set_fingerprints
update workflow_runs r set fingerprint = given.fingerprint
  from unnest($1::uuid[], $2::text[]) as given (id, fingerprint)
 where r.id = given.id and r.status = 'failed';

-- name: set_held_fingerprints
update node_runs n set fingerprint = given.fingerprint
  from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[]) as given (run_id, path, generation, fingerprint)
 where n.run_id = given.run_id and n.path = given.path and n.generation = given.generation and n.status = 'held';
