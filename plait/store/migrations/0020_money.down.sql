drop function cost_of_attempt(uuid, text, integer, integer);
drop table project_spending, project_budgets, spending;
drop index workflow_runs_paid_for;
alter table workflow_runs
    drop column own_cost_usd, drop column own_input_tokens, drop column own_output_tokens, drop column spent_usd,
    drop column reserved_usd, drop column reserved_tokens, drop column budget, drop column payers;
