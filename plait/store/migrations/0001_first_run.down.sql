drop table cursors, catalogue, workers, idempotency_keys, payload_refs, payload_chunks, payloads,
    overrides, gate_votes, gates, run_events, node_runs, workflow_runs, workflow_versions, workflows, projects;
drop function forget_runs;
