-- History: finding runs among a million, counting them, and what is known of how long they take.

-- `words` are what a search finds: of names, key, tags, note and error, made in Python. `active_for` is how long at
-- least one attempt was executing, counted up to `active_at`; `executing` attempts are now. A cost of null is
-- not known.
alter table workflow_runs
    add column words tsvector not null default '',
    add column cost_usd numeric default 0,
    add column input_tokens bigint not null default 0,
    add column output_tokens bigint not null default 0,
    add column active_for interval not null default '0',
    add column active_at timestamptz,
    add column executing integer not null default 0;

-- Room in each page, so that what the Recorder writes again and again touches no index.
alter table workflow_runs set (fillfactor = 85);

alter table node_runs
    add column agent text,
    add column model text,
    add column cost_usd numeric default 0,
    add column input_tokens bigint not null default 0,
    add column output_tokens bigint not null default 0;

-- Runs from before: the words of what their rows say, and their time from their attempts.
update workflow_runs r set words = array_to_tsvector(array(
    select distinct left(word[1], 64)
      from workflows w,
           regexp_matches(lower(concat_ws(' ', w.slug, w.name, r.key, r.note, array_to_string(r.tags, ' '),
                                          r.error ->> 'type', r.error ->> 'message')), '\w+', 'g') as word
     where w.id = r.workflow_id));
update workflow_runs r set active_for = coalesce(
    (select sum(upper(span) - lower(span))
       from (select unnest(range_agg(tstzrange(
                        (a ->> 'started_at')::timestamptz,
                        greatest((a ->> 'started_at')::timestamptz,
                                 coalesce((a ->> 'completed_at')::timestamptz, r.completed_at, now()))))) as span
               from node_runs n, jsonb_array_elements(n.attempts) a
              where n.run_id = r.id and a ->> 'started_at' is not null) spans), '0');
update workflow_runs r set executing = now_running.nodes, active_at = now()
  from (select run_id, count(*) as nodes from node_runs
         where status = 'running' and attempts -> -1 ->> 'status' = 'running' group by run_id) now_running
 where r.id = now_running.run_id and r.completed_at is null;

-- Each list below is read in the order in which it is shown: a page costs its rows, whatever lies before and behind.
-- A list is of one environment, or of each by itself.
drop index workflow_runs_newest, workflow_runs_of_workflow, workflow_runs_by_status, workflow_runs_children;
create index workflow_runs_newest on workflow_runs (project, environment, created_at desc, id desc);
create index workflow_runs_of_workflow on workflow_runs (workflow_id, environment, created_at desc, id desc);
create index workflow_runs_by_status on workflow_runs (project, environment, status, created_at desc, id desc);
create index workflow_runs_of_version on workflow_runs (workflow_id, environment, version, created_at desc, id desc);
create index workflow_runs_by_version on workflow_runs (project, environment, version, created_at desc, id desc);
create index workflow_runs_of_key on workflow_runs (project, key, created_at desc, id desc) where key is not null;
create index workflow_runs_of_owner on workflow_runs (project, environment, owner, created_at desc, id desc);
create index workflow_runs_of_origin
    on workflow_runs (project, environment, (origin ->> 'kind'), created_at desc, id desc);
create index workflow_runs_of_error
    on workflow_runs (project, environment, (error ->> 'type'), created_at desc, id desc) where error is not null;
create index workflow_runs_flagged on workflow_runs (project, environment, created_at desc, id desc)
    where flags <> array[]::text[];
create index workflow_runs_under_way on workflow_runs (project, environment, created_at desc, id desc)
    where status in ('running', 'paused', 'stopping');
create index workflow_runs_ended on workflow_runs (project, completed_at desc) where completed_at is not null;
create index workflow_runs_longest
    on workflow_runs (project, environment, coalesce(completed_at - started_at, interval '0') desc, id desc);
create index workflow_runs_dearest on workflow_runs (project, environment, coalesce(cost_usd, 0) desc, id desc);
create index workflow_runs_of_parent on workflow_runs (parent_run_id, created_at desc, id desc)
    where parent_run_id is not null;
-- Written at once: a list of what is pending would be worked off by the one insert that finds it full.
create index workflow_runs_words on workflow_runs using gin (words) with (fastupdate = off);
alter index workflow_runs_by_tag set (fastupdate = off);
alter index workflow_runs_by_metadata set (fastupdate = off);

-- How many runs there are, by what lists are narrowed to. A change of status is a row in the transaction that makes it,
-- so nobody waits for a counter; now and then the changes are added up.
create table run_counts (
    project      text not null,
    workflow_id  uuid not null,
    environment  text not null,
    status       text not null,
    runs         bigint not null,
    primary key (project, workflow_id, environment, status)
);
create table run_count_changes (
    project      text not null,
    workflow_id  uuid not null,
    environment  text not null,
    status       text not null,
    change       integer not null
);
insert into run_counts
select project, workflow_id, environment, status, count(*) from workflow_runs group by 1, 2, 3, 4;

create function count_run() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into run_count_changes values (old.project, old.workflow_id, old.environment, old.status, -1);
    end if;
    if tg_op <> 'DELETE' then
        insert into run_count_changes values (new.project, new.workflow_id, new.environment, new.status, 1);
    end if;
    return null;
end $$;
create trigger count_new_run after insert or delete on workflow_runs for each row execute function count_run();
create trigger count_moved_run after update of status on workflow_runs for each row
    when (old.status is distinct from new.status) execute function count_run();

-- Few events are lines of a log, and they lie among all others.
create index run_events_logs on run_events (run_id, seq) where type = 'workflow.node.log';

-- What has ended, added up by the hour and by the day (UTC) in which it did: of runs, nodes, gates, agents and models.
-- `outcomes` counts by outcome, `lengths` by bin of the logarithm of milliseconds, from which percentiles are read.
create table rollups (
    project        text not null,
    kind           text not null,                   -- run | node | gate | agent | model
    span           text not null,                   -- hour | day
    at             timestamptz not null,            -- when it begins
    workflow_id    uuid not null,
    environment    text not null,
    subject        text not null,                   -- the node, agent or model; of runs empty
    outcomes       jsonb not null,
    lengths        jsonb not null,
    retries        bigint not null,
    cost_usd       numeric not null,
    unknown_costs  bigint not null,
    input_tokens   bigint not null,
    output_tokens  bigint not null,
    primary key (project, kind, span, at, workflow_id, environment, subject)
);

-- Two objects of numbers as one, each number the sum.
create function add_counts(older jsonb, newer jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(name, number), '{}')
      from (select name, sum(number::bigint) as number
              from (select * from jsonb_each_text(older) union all select * from jsonb_each_text(newer))
                   as counts (name, number)
             group by name) added
$$;
