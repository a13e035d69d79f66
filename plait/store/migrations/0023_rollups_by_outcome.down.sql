alter table rollups rename to rollups_by_outcome;
alter table rollups_by_outcome drop constraint rollups_pkey;
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

insert into rollups
select project, kind, span, at, workflow_id, environment, subject, outcomes,
       (select coalesce(jsonb_object_agg(length(digits) / 12 - place, bin[1]::bigint) filter (where bin[1]::bigint > 0), '{}')
          from regexp_matches(digits, '.{12}', 'g') with ordinality as bins (bin, place)),
       retries, cost_usd, unknown_costs, input_tokens, output_tokens
  from (select project, kind, span, at, workflow_id, environment, subject, jsonb_object_agg(outcome, count) as outcomes,
               lpad(sum(lengths)::text, (length(sum(lengths)::text) + 11) / 12 * 12, '0') as digits,
               sum(retries) as retries, sum(cost_usd) as cost_usd, sum(unknown_costs) as unknown_costs,
               sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens
          from rollups_by_outcome
         group by project, kind, span, at, workflow_id, environment, subject) summed;

drop table rollups_by_outcome;

-- Two objects of numbers as one, each number the sum.
create function add_counts(older jsonb, newer jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(name, number), '{}')
      from (select name, sum(number::bigint) as number
              from (select * from jsonb_each_text(older) union all select * from jsonb_each_text(newer))
                   as counts (name, number)
             group by name) added
$$;
