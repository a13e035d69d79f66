-- Rollups that Postgres adds up by itself: a row for each outcome, and a histogram that is one number, so that reading a
-- million runs is a sum. Of each bin (of the logarithm of milliseconds) it has twelve digits, the shortest lengths last.

alter table rollups rename to rollups_before;
alter table rollups_before drop constraint rollups_pkey;
create table rollups (
    project        text not null,
    kind           text not null,                   -- run | node | gate | agent | model
    span           text not null,                   -- hour | day
    at             timestamptz not null,            -- when it begins
    workflow_id    uuid not null,
    environment    text not null,
    subject        text not null,                   -- the node, agent or model; of runs empty
    outcome        text not null,                   -- how it ended; of runs also `started`
    count          bigint not null,
    lengths        numeric not null,
    retries        bigint not null,
    cost_usd       numeric not null,
    unknown_costs  bigint not null,
    input_tokens   bigint not null,
    output_tokens  bigint not null,
    primary key (project, kind, span, at, workflow_id, environment, subject, outcome)
);

-- What was not known by outcome stands with the first.
insert into rollups
select r.project, r.kind, r.span, r.at, r.workflow_id, r.environment, r.subject, o.outcome, o.count,
       case o.place when 1 then (select coalesce(sum(('1e' || 12 * bin::integer)::numeric * number::numeric), 0)
                                   from jsonb_each_text(r.lengths) as lengths (bin, number)) else 0 end,
       case o.place when 1 then r.retries else 0 end,
       case o.place when 1 then r.cost_usd else 0 end,
       case o.place when 1 then r.unknown_costs else 0 end,
       case o.place when 1 then r.input_tokens else 0 end,
       case o.place when 1 then r.output_tokens else 0 end
  from rollups_before r
 cross join lateral (
     select outcome, number::bigint as count, row_number() over (order by outcome) as place
       from jsonb_each_text(r.outcomes) as outcomes (outcome, number)) o;

drop table rollups_before;
drop function add_counts(jsonb, jsonb);
