-- Reruns: what they take from the run before them, and how runs hang together by them.

-- name: read_source
select plan_hash from workflow_runs where project = $1 and id = $2;

-- name: find_results
-- What these paths came to in a run, as far as it may be taken over: they completed, were not undone, and their
-- payloads are there as they were written.
select n.path, n.type, n.outcome, n.metadata, n.why, n.started_at, n.input, n.input_ref, n.input_size, n.input_sha256,
       n.output, n.output_ref, n.output_size, n.output_sha256
  from unnest($2::text[]) as wanted (path)
 cross join lateral (
     select * from node_runs where run_id = $1 and path = wanted.path order by generation desc limit 1 offset 0) n
  left join payloads i on i.id = n.input_ref
  left join payloads o on o.id = n.output_ref
 where n.status = 'completed' and n.output_sha256 is not null
   and (n.output_ref is null or o.sha256 = n.output_sha256)
   and (n.input_ref is null or i.sha256 = n.input_sha256)
   and not exists (select from node_runs undone where undone.run_id = $1 and undone.path = n.path || '~undo');

-- name: refer_to_results
-- The payloads of the source stay as long as the run that may take them over.
insert into payload_refs (payload_id, run_id)
select r.payload_id, $2 from payload_refs r join payloads p on p.id = r.payload_id
 where r.run_id = $1 and p.kind <> 'execution'
    on conflict do nothing;
