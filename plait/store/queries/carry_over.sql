-- Runs that go on under another version.

-- name: find_migration
-- What a command wants the run to go on under, and what it runs under now.
select k.args, k.reason, k.by, v.version, v.plan_hash, v.definition, v.ad_hoc,
       r.version as version_now, r.plan_hash as plan_hash_now
  from run_commands k
  join workflow_runs r on r.id = k.run_id
  join workflow_versions v on v.workflow_id = r.workflow_id and v.version = (k.args ->> 'version')::integer
 where k.project = $1 and k.run_id = $2 and k.id = $3 and k.kind = 'migrate';

-- name: keep_report
update run_commands set report = $2 where id = $1;

-- name: read_migration
-- What became of a migration.
select status, refusal, report from run_commands where id = $1;

-- name: insert_migration
-- Recorded while the run can be migrated and no other migration of it is under way; nothing else returns an id.
with run as (
    select id, project from workflow_runs
     where project = $2 and id = $3 and status in ('running', 'paused') and requested is distinct from 'cancel'
       for no key update
)
insert into run_commands (id, project, run_id, kind, args, reason, by, at, delivered_at)
select $1::uuid, run.project, run.id, 'migrate', $4::jsonb, $5::text, $6::jsonb, $7::timestamptz, $7 from run
 where not exists (select from run_commands k where k.run_id = run.id and k.kind = 'migrate' and k.status = 'recorded')
returning id;

-- name: read_run
-- The run as far as a migration of it depends on that.
select r.id, r.status, r.requested, r.stopping_as, r.start_after, r.environment, r.version, r.workflow_id, r.budget, w.slug,
       false as steppable
  from workflow_runs r join workflows w on w.id = r.workflow_id
 where r.project = $1 and r.id = $2;

-- name: find_version
select version, plan_hash, definition, ad_hoc from workflow_versions where workflow_id = $1 and version = $2;

-- name: find_same
-- The version that a document is already.
select version, plan_hash, definition, ad_hoc from workflow_versions
 where workflow_id = $1 and plan_hash = $2 and hash = $3
 order by version limit 1;

-- name: insert_ad_hoc
-- A version for one run: the next number, which the newest does not become. Two at once are told apart by the lock
-- of the workflow's row.
with held as (select id from workflows where id = $1 for update)
insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source, source_type,
                               total_nodes, warnings, created_by, created_at, env, ad_hoc)
select held.id, (select max(v.version) from workflow_versions v where v.workflow_id = held.id) + 1,
       $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, true
  from held
returning version;
