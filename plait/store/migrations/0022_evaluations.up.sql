-- How many items of an operation are done side by side.
alter table operations add column at_once integer not null default 1;

-- The runs of an evaluation, its judges' among them.
create index workflow_runs_of_eval on workflow_runs ((origin ->> 'id')) where origin ->> 'kind' = 'eval';
