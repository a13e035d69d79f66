drop table tools;
drop table tool_sources;
