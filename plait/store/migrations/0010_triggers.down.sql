drop index node_runs_listening;
drop table mailbox_events;
drop table webhook_deliveries;
drop table webhook_triggers;
drop table run_waiters;
drop index workflow_runs_of_schedule;
drop table schedules;
