drop index workflows_of_template;
alter table workflows drop column template;
drop table templates;
