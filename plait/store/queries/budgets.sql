-- The monthly budgets of projects.

-- name: read_budget
select date_trunc('month', $2::timestamptz at time zone 'UTC')::date as month, b.cost_usd, b.tokens,
       coalesce(b.alert_at, '{}') as alert_at, b.by, b.at, coalesce(s.spent_usd, 0) as spent_usd,
       coalesce(s.input_tokens, 0) as input_tokens, coalesce(s.output_tokens, 0) as output_tokens,
       coalesce(s.unknown_costs, 0) as unknown_costs, coalesce(s.reserved_usd, 0) as reserved_usd,
       coalesce(s.reserved_tokens, 0) as reserved_tokens
  from (select $1::text as project) p
  left join project_budgets b on b.project = p.project
  left join project_spending s
    on s.project = p.project and s.month = date_trunc('month', $2::timestamptz at time zone 'UTC')::date;

-- name: put_budget
-- A new limit has shares of its own.
with told_anew as (
    update project_spending set alerted = '{}'
     where project = $1 and month = date_trunc('month', $6::timestamptz at time zone 'UTC')::date
)
insert into project_budgets (project, cost_usd, tokens, alert_at, by, at) values ($1, $2, $3, $4, $5, $6)
on conflict (project) do update set
    cost_usd = excluded.cost_usd, tokens = excluded.tokens, alert_at = excluded.alert_at, by = excluded.by,
    at = excluded.at;
