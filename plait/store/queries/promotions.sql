-- Promotions: the wish to move a pointer, and what became of it.

-- name: insert_promotion
insert into promotions (id, project, workflow_id, environment, version, previous, status, reason, by, at, settled_at)
values ($1, $2, $3, $4, $5, $6, $7::text, $8, $9, $10::timestamptz, case $7::text when 'waiting' then null else $10::timestamptz end);

-- name: read_promotion
select p.*, w.slug from promotions p join workflows w on w.id = p.workflow_id where p.id = $1;

-- name: read_moved
-- The last that moved the pointer.
select p.*, w.slug from promotions p join workflows w on w.id = p.workflow_id
 where p.workflow_id = $1 and p.environment = $2 and p.status = 'moved' order by p.settled_at desc, p.id desc limit 1;

-- name: find_waiting
select p.*, w.slug from promotions p join workflows w on w.id = p.workflow_id
 where p.workflow_id = $1 and p.environment = $2 and p.version = $3 and p.status = 'waiting';

-- name: list_promotions
-- The newest first, those that still wait too.
select p.*, w.slug from promotions p join workflows w on w.id = p.workflow_id
 where p.workflow_id = $1 and ($2::timestamptz is null or (p.at, p.id) < ($2, $3::uuid))
 order by p.at desc, p.id desc
 limit $4;

-- name: count_promotions
select count(*) from promotions where workflow_id = $1;

-- name: note_run
update promotions set run_id = $2 where id = $1;

-- name: list_unsettled
-- Those whose approval was not opened, or has ended: a run that was deleted has ended, too.
select p.*, w.slug, r.status as run_status, r.error as run_error
  from promotions p
  join workflows w on w.id = p.workflow_id
  left join workflow_runs r on r.id = p.run_id
 where p.status = 'waiting' and w.deleted_at is null
   and (p.run_id is null or r.id is null or r.status in ('completed', 'failed', 'cancelled', 'terminated'))
 order by p.at, p.id
 limit 100;

-- name: settle_promotion
-- Once: who comes second changes nothing.
update promotions set status = $2, refusal = $3, settled_at = $4 where id = $1 and status = 'waiting' returning id;
