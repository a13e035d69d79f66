drop trigger note_for_feed on run_events;
create trigger note_for_feed after insert on run_events for each row
    when (starts_with(new.type, 'workflow.run.') or starts_with(new.type, 'workflow.gate.'))
    execute function note_for_feed();
drop index workflow_runs_unpurged;
drop index workflow_runs_purged;
drop index workflow_runs_unarchived;
alter table workflow_runs drop column archive_id, drop column purged_at, drop column restored_at;
drop table archives;
