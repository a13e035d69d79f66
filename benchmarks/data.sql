-- A batch of made-up runs: numbers $1 to $2 of $3, spread over the 90 days before $4.
-- Which project, workflow, status and length a run has is random but the same each time: the seed is the batch.

-- name: insert_runs
with drawn as materialized (
    select i, random() as p, random() as w, random() as s, random() as e, random() as t,
           exp(random_normal(8, 1.8)) as lasted, $4::timestamptz - interval '90 days' * (1 - i / $3::float8) as created
      from generate_series($1::bigint, $2::bigint) as i
), placed as (
    select d.*, b.*,
           case when d.i > $3 - greatest($3 / 200, 20) or d.s < 0.0005
                then (array['running', 'running', 'running', 'running', 'paused', 'pending'])[1 + floor(d.t * 6)::int]
                when d.s < 0.90 then 'completed' when d.s < 0.97 then 'failed' when d.s < 0.99 then 'cancelled'
                else 'terminated' end as status
      from drawn d
      join bench_workflows b
        on b.project = case when d.p < 0.6 then 'default' else 'project-' || (1 + floor((d.p - 0.6) / 0.4 * $5)::int) end
       and b.number = case when d.p < 0.6 then floor(20 * d.w * d.w)::int else floor(2 * d.w)::int end
), described as (
    select p.*, status in ('completed', 'failed', 'cancelled', 'terminated') as ended,
           (array['ProviderDown', 'Timeout', 'OutputInvalid', 'Rejected', 'RateLimited', 'ToolError'])
               [1 + floor(6 * t * t)::int] as trouble,
           array['team-' || floor(12 * w)::int, 'priority-' || floor(3 * e)::int]
               || case when i % 1000 = 7 then array['audit'] when i < $3 / 10 then array['campaign'] else '{}' end as tags,
           'order-' || i as key, 'customer-' || floor(5000 * t)::int as customer,
           (array['dev', 'dev', 'dev', 'dev', 'dev', 'dev', 'dev', 'prod', 'prod', 'prod'])[1 + floor(e * 10)::int] as environment
      from placed p
)
insert into workflow_runs (
    id, project, workflow_id, version, plan_hash, environment, key, status, flags, input, input_size, input_sha256,
    output, output_size, tags, metadata, error, origin, owner, started_by, total_nodes, completed_nodes, last_seq,
    start_after, created_at, started_at, completed_at, last_event_at, words, active_for)
select (lpad(to_hex(floor(extract(epoch from created) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3)
            || '8' || substr(md5(i::text), 4, 15))::uuid,
       project, workflow_id, 1 + floor(3 * i / ($3 + 1.0))::int, plan_hash, environment, key, status,
       case when i % 500 = 3 then array['overridden'] else '{}' end,
       jsonb_build_object('document', key, 'amount', floor(t * 10000)), 40, md5(key),
       case when status = 'completed' then jsonb_build_object('ok', true) end, 12, tags,
       jsonb_build_object('customer', customer, 'region', (array['eu', 'us', 'apac'])[1 + floor(3 * w)::int], 'n', i),
       case when status = 'failed' then jsonb_build_object(
            'type', trouble, 'category', case trouble when 'Rejected' then 'business' else 'external' end,
            'message', 'the node did not get an answer for ' || customer, 'node', 'n6', 'path', 'n6', 'attempt', 2) end,
       jsonb_build_object('kind', (array['api', 'api', 'api', 'api', 'schedule', 'webhook'])[1 + floor(6 * e)::int]),
       'person-' || floor(200 * w * w)::int, jsonb_build_object('type', 'user', 'id', 'ana', 'name', 'ana'),
       10, case when ended then 10 else 5 end, 22, null, created, case when status <> 'pending' then created + interval '20 ms' end,
       case when ended then created + interval '20 ms' + lasted * interval '1 ms' end, created,
       array_to_tsvector(array(select distinct word from unnest(
           regexp_split_to_array(lower(concat_ws(' ', slug, name, key, array_to_string(tags, ' '),
               case when status = 'failed' then trouble || ' the node did not get an answer for ' || customer end)), '\W+'))
           as word where word <> '')),
       case when ended then lasted * interval '0.8 ms' else interval '0' end
  from described
returning id;

-- name: insert_nodes
-- Ten nodes of each of these runs; those of an open run wait at a gate in the fifth.
insert into node_runs (
    run_id, path, generation, project, node, type, name, status, outcome, attempt, attempts, input, input_size,
    output, output_size, has_output, error, why, ready_at, started_at, completed_at, updated_at)
select r.id, 'n' || n, 1, r.project, 'n' || n, case n when 5 then 'human_gate' else 'tool_call' end, null, now_is.status,
       case now_is.status when 'completed' then case n when 5 then 'approved' else 'success' end
                          when 'failed' then 'failed' when 'skipped' then 'skipped' end,
       now_is.attempt,
       (select coalesce(jsonb_agg(jsonb_build_object(
                   'attempt', a, 'status', case when a < now_is.attempt then 'failed' else now_is.status end,
                   'started_at', begun, 'completed_at', begun + step, 'worker', 'worker-1')), '[]')
          from generate_series(1, now_is.attempt) as a),
       '{"tool": "noop", "args": {}}', 28,
       case now_is.status when 'completed' then '{"ok": true}'::jsonb end, 12, now_is.status = 'completed',
       case now_is.status when 'failed' then r.error end,
       case now_is.status when 'skipped' then '{"reason": "upstream_failed"}'::jsonb end,
       begun, begun, case when now_is.status <> 'waiting' then begun + step end, begun + step
  from workflow_runs r
 cross join generate_series(0, 9) as n
 cross join lateral (select coalesce(r.completed_at - r.started_at, interval '10 s') / 10 as step) as length
 cross join lateral (select coalesce(r.started_at, r.created_at) + n * step as begun) as place
 cross join lateral (
     select case when r.completed_at is null and n = 5 then 'waiting' when r.status = 'failed' and n = 6 then 'failed'
                 when r.completed_at is not null and r.status <> 'completed' and n > 5 then 'skipped' else 'completed' end
     ) as said (status)
 cross join lateral (
     select said.status, case when said.status in ('waiting', 'skipped') or n = 5 then 0
                              when said.status = 'failed' or random() < 0.03 then 2 else 1 end as attempt) as now_is
 where r.id = any($1::uuid[]) and r.status <> 'pending' and (r.completed_at is not null or n <= 5);

-- name: insert_gates
-- One gate a run that came so far, decided where the node has ended.
insert into gates (
    id, project, run_id, path, generation, node, title, outcomes, approvers, quorum, reject, status, opened_at,
    due_at, decided_at)
select gen_random_uuid(), n.project, n.run_id, n.path, 1, n.node, 'Sign off', '{approved,rejected}', '{group:legal}',
       '1', 'any', case when n.completed_at is null then 'open' else 'approved' end, n.started_at,
       n.started_at + interval '3 days', n.completed_at
  from node_runs n
 where n.run_id = any($1::uuid[]) and n.path = 'n5' and n.status in ('waiting', 'completed');

-- name: count_runs
-- What a batch does not count one by one.
insert into run_counts
select project, workflow_id, environment, status, count(*) from workflow_runs group by 1, 2, 3, 4;
