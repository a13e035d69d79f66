delete from workflows where system;
alter table workflows drop column system;
alter table workflow_versions drop column env;
drop table environment_variables, promotions, workflow_pointers;
drop trigger add_environments on projects;
drop function add_environments();
drop table environments;
