drop table conversation_messages;
drop table conversations;
alter table workflow_versions drop column exposed;
