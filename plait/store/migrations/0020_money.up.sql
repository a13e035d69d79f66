-- Money: what every call of a model took, what runs and projects have spent, and how much they may.

-- One row a call, written before it is made, with what it may come to; an attempt that died has left it so.
create table spending (
    id             uuid primary key,
    project        text not null,
    run_id         uuid not null references workflow_runs (id) on delete cascade,
    path           text not null,
    generation     integer not null,
    attempt        integer not null,
    status         text not null,                   -- reserved | spent | assumed | released
    model          text not null,                   -- provider:model
    agent          text,
    input_tokens   bigint not null,
    output_tokens  bigint not null,
    cached_tokens  bigint not null default 0,
    cost_usd       numeric,                         -- null: not known
    answer         jsonb,                           -- for an attempt after one that could not commit it
    answer_ref     uuid,
    answer_size    integer,
    answer_sha256  text,
    reserved_at    timestamptz not null,
    settled_at     timestamptz
);
create index spending_of_node on spending (run_id, path, generation);
create index spending_reserved on spending (reserved_at) where status = 'reserved';

-- With the sub-workflows that were waited for: `cost_usd` (null: not known), the tokens, what of the cost is known
-- (`spent_usd`) and what is reserved; without them, `own_`. `payers` are the runs above whose budgets pay too.
alter table workflow_runs
    add column own_cost_usd numeric default 0,
    add column own_input_tokens bigint not null default 0,
    add column own_output_tokens bigint not null default 0,
    add column spent_usd numeric not null default 0,
    add column reserved_usd numeric not null default 0,
    add column reserved_tokens bigint not null default 0,
    add column budget jsonb,                        -- {cost_usd?, tokens?, seconds?}: the version's, then as raised
    add column payers uuid[] not null default '{}';

create index workflow_runs_paid_for on workflow_runs using gin (payers) where payers <> '{}';

create table project_budgets (
    project   text primary key references projects (id) on delete cascade,
    cost_usd  numeric,                              -- a month, in UTC
    tokens    bigint,
    alert_at  numeric[] not null default '{}',      -- shares of it, of which people are told
    by        jsonb not null,
    at        timestamptz not null
);

create table project_spending (
    project          text not null references projects (id) on delete cascade,
    month            date not null,
    spent_usd        numeric not null default 0,
    input_tokens     bigint not null default 0,
    output_tokens    bigint not null default 0,
    reserved_usd     numeric not null default 0,
    reserved_tokens  bigint not null default 0,
    unknown_costs    bigint not null default 0,
    alerted          numeric[] not null default '{}',
    primary key (project, month)
);

-- What one attempt of a node took: null where its cost is not known.
create function cost_of_attempt(of_run uuid, of_path text, of_generation integer, of_attempt integer)
returns jsonb language sql stable as $$
    select jsonb_build_object(
               'cost_usd', case when coalesce(bool_or(cost_usd is null), false) then null
                                else trim_scale(coalesce(sum(cost_usd), 0))::text end,
               'tokens', jsonb_build_object('input', coalesce(sum(input_tokens), 0),
                                            'output', coalesce(sum(output_tokens), 0)))
      from spending
     where run_id = of_run and path = of_path and generation = of_generation and attempt = of_attempt
       and status in ('spent', 'assumed')
$$;
