-- Evaluations: operations of a kind of their own, whose items are rows of a dataset.

-- name: read_end
-- What a run of an evaluation came to.
select status, error, output, output_ref, output_size, output_sha256, cost_usd, input_tokens + output_tokens as tokens,
       (extract(epoch from completed_at - started_at) * 1000)::bigint as duration_ms
  from workflow_runs where project = $1 and id = $2;

-- name: read_outputs
-- Outputs of runs, those that are short enough to be shown. What was purged is not there.
select id, output, output_ref, output_size, output_sha256,
       case when output_size <= 65536 then
           (select convert_from(string_agg(data, ''::bytea order by n), 'UTF8')
              from payload_chunks where payload_id = output_ref) end as output_text,
       (select substr(data, 1, 200) from payload_chunks where payload_id = output_ref and n = 0) as output_head
  from workflow_runs where project = $1 and id = any($2::uuid[]);

-- name: read_spent
-- What the runs and judges of an evaluation have cost so far as far as it is known, with what is put aside for
-- answers that are asked for now.
select coalesce(sum(spent_usd + reserved_usd), 0) from workflow_runs where origin ->> 'kind' = 'eval' and origin ->> 'id' = $1;

-- name: sum_up
-- What each version came to, over the rows that were done. A cost that one row does not know is not known.
with outcomes as (
    select i.n, o.version, o.status, o.cost_usd, o.tokens, o.duration_ms, o.scores
      from operation_items i
     cross join lateral jsonb_to_recordset(i.result -> 'outcomes')
        as o (version integer, status text, cost_usd numeric, tokens bigint, duration_ms bigint, scores jsonb)
     where i.operation_id = $1 and i.status = 'done'
), judges as (
    select o.version, sum((score.value ->> 'cost_usd')::numeric) as cost_usd,
           bool_or(score.value ->> 'cost_usd' is null) as unknown
      from outcomes o cross join lateral jsonb_each(o.scores) score
     where score.value ->> 'run_id' is not null group by o.version
)
select v.version, count(o.n) as rows, count(*) filter (where o.status = 'completed') as completed,
       case when count(*) filter (where o.n is not null and o.cost_usd is null) = 0
            then coalesce(sum(o.cost_usd), 0) end as cost_usd,
       case when not coalesce(j.unknown, false) then coalesce(j.cost_usd, 0) end as judges_cost_usd,
       coalesce(sum(o.tokens), 0)::bigint as tokens,
       round(percentile_cont(0.5) within group (order by o.duration_ms))::bigint as duration_ms_p50,
       round(percentile_cont(0.95) within group (order by o.duration_ms))::bigint as duration_ms_p95
  from unnest($2::integer[]) with ordinality as v (version, place)
  left join outcomes o on o.version = v.version
  left join judges j on j.version = v.version
 group by v.version, v.place, j.cost_usd, j.unknown
 order by v.place;

-- name: sum_up_scores
-- Each score of each version. A row that has no value for it counts as 0.
select v.version, s.name, avg(coalesce(x.value, 0)) as mean, avg(coalesce(x.passed, false)::integer)::float8 as passed,
       count(*) filter (where x.value is null) as lacking,
       percentile_cont(0.1) within group (order by coalesce(x.value, 0)) as p10,
       percentile_cont(0.5) within group (order by coalesce(x.value, 0)) as p50,
       percentile_cont(0.9) within group (order by coalesce(x.value, 0)) as p90
  from operation_items i
 cross join unnest($2::integer[]) as v (version)
 cross join unnest($3::text[]) with ordinality as s (name, place)
  left join lateral (
      select (o -> 'scores' -> s.name ->> 'value')::float8 as value,
             (o -> 'scores' -> s.name ->> 'passed')::boolean as passed
        from jsonb_array_elements(i.result -> 'outcomes') o where (o ->> 'version')::integer = v.version) x on true
 where i.operation_id = $1 and i.status <> 'waiting'
 group by v.version, s.name, s.place
 order by s.place;

-- name: count_changes
-- By score, in how many rows the first version is better, the same or worse.
select c.key as name, count(*) filter (where c.value = 'better') as better,
       count(*) filter (where c.value = 'same') as same, count(*) filter (where c.value = 'worse') as worse
  from operation_items i cross join lateral jsonb_each_text(i.result -> 'change') c
 where i.operation_id = $1 and i.status = 'done' and jsonb_typeof(i.result -> 'change') = 'object'
 group by c.key;

-- name: list_rows
-- A page of rows in their order; with $3 only those of which one score changed so.
select n, subject, status, result, error from operation_items
 where operation_id = $1 and n > $2
   and ($3::text is null
        or jsonb_path_exists(result, '$.change.* ? (@ == $change)', jsonb_build_object('change', $3::text)))
 order by n
 limit $4;

-- name: list_stray
-- Runs that go on though their evaluation was cancelled.
select r.id, r.project from operations o
  join workflow_runs r on r.origin ->> 'kind' = 'eval' and r.origin ->> 'id' = o.id::text
 where o.kind = 'eval' and o.status = 'cancelled' and o.ended_at > $1
   and r.status in ('pending', 'running', 'paused') and r.requested is distinct from 'cancel'
 order by r.id limit $2;
