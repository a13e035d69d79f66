alter table workflow_runs drop column uses;
drop table code_agents, agent_versions, agents, model_aliases, model_providers;
