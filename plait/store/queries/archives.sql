-- Archives: which runs go into one, what of a run is in it, and what stays in the tables.

-- name: list_terms
-- How long each workflow keeps its ended runs, as its newest version says; null where it says nothing.
select w.id, w.project, w.slug, w.name, make_interval(secs => (v.definition::json #>> '{document,retention}')::float8) as kept
  from workflows w left join workflow_versions v on v.workflow_id = w.id and v.version = w.version
 where $1::text is null or w.project = $1;

-- name: list_due
-- Ended runs whose time is over, of some workflows ($1, $2), the oldest first. Not those that an open run still reads:
-- its children, and the run that it reruns.
select d.id, d.project, d.workflow_id
  from unnest($1::uuid[], $2::interval[]) as terms (workflow_id, kept)
 cross join lateral (
       select r.id, r.project, r.workflow_id, r.completed_at from workflow_runs r
        where r.workflow_id = terms.workflow_id and r.archive_id is null
          and r.completed_at < $3::timestamptz - coalesce(terms.kept, least($4::interval, $5::interval))
          and r.completed_at < $3 - coalesce(terms.kept, case r.status when 'completed' then $4 else $5 end)
          and not exists (select from workflow_runs o where o.id = r.parent_run_id and o.completed_at is null)
          and not exists (select from workflow_runs o where o.parent_run_id = r.id and o.completed_at is null)
        order by r.completed_at limit $6) d
 order by d.completed_at, d.id
 limit $6;

-- name: insert_archive
insert into archives (id, project, claimed_until, created_at) values ($1, $2, $3, $4);

-- name: claim_runs
-- Ended runs are archived once; what was deleted or taken meanwhile is left out.
update workflow_runs set archive_id = $1
 where project = $2 and id = any($3::uuid[]) and archive_id is null
   and status in ('completed', 'failed', 'cancelled', 'terminated')
returning id;

-- name: claim_unfinished
-- An archive whose writer has not been heard of: it is begun anew, under the next number.
update archives set attempt = attempt + 1, claimed_until = $2
 where id = (select id from archives where status = 'writing' and claimed_until < $1 and ($3::uuid is null or id = $3)
              order by claimed_until limit 1 for update skip locked)
returning *;

-- name: read_archive
select * from archives where id = $1;

-- name: renew_claim
update archives set claimed_until = $3 where id = $1 and attempt = $2 and status = 'writing' returning id;

-- name: list_runs_of
-- The runs that are claimed for an archive, and not purged.
select id from workflow_runs where archive_id = $1 and purged_at is null and restored_at is null order by id;

-- name: complete_archive
-- Only by its last writer.
update archives set status = 'complete', file = $3, size = $4, sha256 = $5, runs = $6, completed_at = $7
 where id = $1 and attempt = $2 and status = 'writing'
returning id;

-- name: drop_archive
-- Nothing was left to write.
delete from archives where id = $1 and attempt = $2 and status = 'writing';

-- name: find_unpurged
-- Complete archives with runs that are still there, and restored runs whose time is over again.
select r.id, r.archive_id from workflow_runs r join archives a on a.id = r.archive_id
 where r.purged_at is null and a.status = 'complete' and (r.restored_at is null or r.restored_at < $1)
   and a.runs ? r.id::text
   and not exists (select from workflow_runs o where o.parent_run_id = r.id and o.completed_at is null)
 limit $2;

-- name: lock_run
select id from workflow_runs where id = $1 for update;

-- name: mark_purged
-- What is archived, complete and hashed loses its values; what it is stays. `true` if this call did it.
update workflow_runs r
   set purged_at = $2, restored_at = null, input = null, input_ref = null, output = null, output_ref = null,
       input_facts = '{}', env = '{}',
       flags = array(select distinct flag from unnest(array_remove(flags, 'restored') || array['archived']) as flag
                      order by flag)
  from archives a
 where r.id = $1 and r.purged_at is null and a.id = r.archive_id and a.status = 'complete' and a.runs ? r.id::text
   and not exists (select from workflow_runs o where o.parent_run_id = r.id and o.completed_at is null)
returning r.id;

-- name: purge_rows
-- All that hangs on a run; its payloads go with the hourly sweep once no run refers to them.
with events as (delete from run_events where run_id = $1),
     nodes as (delete from node_runs where run_id = $1),
     items as (delete from map_items where run_id = $1),
     gone_gates as (delete from gates where run_id = $1),
     moved as (delete from overrides where run_id = $1),
     commands as (delete from run_commands where run_id = $1),
     letters as (delete from inbound_events where run_id = $1),
     calls as (delete from spending where run_id = $1),
     fed as (delete from feed where run_id = $1)
delete from payload_refs where run_id = $1;

-- name: find_archived
-- Where a run lies.
select r.id, r.project, r.status, r.archive_id, r.purged_at, r.restored_at, a.status as archive_status, a.file,
       a.runs -> r.id::text as place
  from workflow_runs r left join archives a on a.id = r.archive_id
 where r.project = $1 and r.id = $2;

-- name: count_archived
-- Runs that lie in an archive alone.
select count(*) from workflow_runs where project = $1 and purged_at is not null;

-- name: lock_purged
select id from workflow_runs where project = $1 and id = $2 and purged_at is not null for update;

-- name: begin_restoring
-- For this transaction: what is inserted was told before.
select set_config('plait.restoring', 'yes', true);

-- name: list_columns
-- What can be inserted into a table.
select array_agg(column_name::text) from information_schema.columns
 where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER';

-- name: payloads_of_run
-- What a run refers to, but for what its execution keeps for itself.
select f.payload_id from payload_refs f join payloads p on p.id = f.payload_id where f.run_id = $1 and p.kind <> 'execution'

-- name: rows_of_run
-- The rows of one table, a line each.
select json_build_object('table', '{table}', 'row', to_json(t))::text as line from {table} t where {where} order by {order}

-- name: insert_rows
insert into {table} ({columns}) overriding system value
select {columns} from json_populate_recordset(null::{table}, $1::json) on conflict do nothing

-- name: restore_run
-- The run's own values, as they were.
update workflow_runs r
   set input = a.input, input_ref = a.input_ref, output = a.output, output_ref = a.output_ref,
       input_facts = coalesce(a.input_facts, '{}'), env = coalesce(a.env, '{}'), purged_at = null, restored_at = $2,
       flags = array(select distinct flag from unnest(array_remove(r.flags, 'archived') || array['restored']) as flag
                      order by flag)
  from json_populate_record(null::workflow_runs, $1::json) a
 where r.id = a.id;
