drop function workers_are_combined();
drop table tools;
drop table tool_sources;
