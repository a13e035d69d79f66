-- Gates and their votes. A gate is opened and closed by the workflow; a vote is a row before it is a signal.

-- name: show_gates
-- Gates as people see them, with their votes, from whichever page of rows is put in.
select g.*, r.plan_hash, w.id as workflow_id, w.slug, w.name as workflow_name,
       coalesce((select jsonb_agg(jsonb_build_object('id', v.id, 'by', v.by, 'decision', v.decision, 'form', v.form,
                        'comment', v.comment, 'at', v.at, 'status', v.status, 'reason', v.reason) order by v.at, v.id)
                   from gate_votes v where v.gate_id = g.id), '[]') as votes,
       r.started_by, r.version, r.environment
  from ({page}) g
  join workflow_runs r on r.id = g.run_id
  join workflows w on w.id = r.workflow_id
 order by g.opened_at desc, g.id desc;

-- name: one_gate
select * from gates where project = $1 and id = $2

-- name: page_of_gates
-- A page of the chosen gates, the newest first.
select g.*
{chosen}
   and ($9::timestamptz is null or (g.opened_at, g.id) < ($9, $10::uuid))
 order by g.opened_at desc, g.id desc
 limit $11

-- name: count_gates
-- How many gates are chosen; counted only so far.
select count(*) from (select {chosen} limit 10001) counted;

-- name: chosen_gates
-- The gates that a filter lets through; a null is no condition.
  from gates g
  join workflow_runs r on r.id = g.run_id
  join workflows w on w.id = r.workflow_id
 where g.project = $1
   and ($2::text[] is null or g.status = any($2))
   and ($3::uuid is null or g.run_id = $3)
   and ($4::text is null or w.slug = $4 or w.id::text = $4)
   and ($5::timestamptz is null or g.due_at < $5)
   and ($6::text is null or $6 = any(g.approvers)
        or exists (select from unnest(g.approvers) a where not starts_with(a, 'user:')))
   and ($7::text is null or exists (select from gate_votes v where v.gate_id = g.id and v.by ->> 'id' = $7
                                     and v.status = 'applied'))
   and ($8::text is null or r.environment = $8)

-- name: insert_vote
-- Under the gate's row lock and only while it is open: a vote that is in counts before any later end of the gate.
-- The files that its form names stay as long as the run.
with gate as (
    select id, project, run_id, path, generation from gates
     where project = $2 and id = $3 and status = 'open' for update
), referred as (
    insert into payload_refs (payload_id, run_id)
    select p.id, gate.run_id from gate join payloads p on p.project = gate.project and p.id = any($10::uuid[])
    on conflict do nothing
)
insert into gate_votes (id, gate_id, project, run_id, path, generation, decision, form, comment, by, groups, at,
                        delivered_at)
select $1::uuid, id, project, run_id, path, generation, $4::text, $5::jsonb, $6::text, $7::jsonb, $8::text[],
       $9::timestamptz, $9 from gate
on conflict (id) do nothing
returning id;

-- name: refuse_late_vote
-- The votes that counted were marked in the transaction that closed the gate: one that is still only
-- recorded then came too late, even if the workflow has ended and can no longer say so.
update gate_votes v set status = 'refused', reason = 'gate_closed'
  from gates g
 where v.id = $1 and g.id = v.gate_id and g.status <> 'open' and v.status = 'recorded';

-- name: read_vote
select status, reason from gate_votes where id = $1;
