drop table endpoint_deliveries, webhook_endpoints, stream_tickets;
drop trigger forget_fed on workflow_runs;
drop function forget_fed;
drop trigger note_for_feed on run_events;
drop function note_for_feed;
drop table feed_heads, feed, feed_outbox;
