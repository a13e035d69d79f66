-- Webhook endpoints: who outside is told of events.

-- name: insert_endpoint
insert into webhook_endpoints (id, project, kind, url, description, types, workflow_id, environment, include, secret,
                               created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (id) do update set id = excluded.id
returning secret;

-- name: show
-- As people see them; a secret is never read back.
select e.id, e.kind, e.url, e.description, e.types, e.workflow_id, w.slug, w.name as workflow_name, e.environment,
       e.include, e.enabled, e.disabled_reason, e.given_up, e.old_secret_until, e.revision, e.created_by, e.created_at
  from ({page}) e
  left join workflows w on w.id = e.workflow_id
 order by e.created_at desc, e.id desc;

-- name: one
select * from webhook_endpoints where project = $1 and id = $2

-- name: page
select * from webhook_endpoints
 where project = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
 order by created_at desc, id desc limit $4

-- name: count
select count(*) from (select from webhook_endpoints where project = $1 limit 10001) counted;

-- name: update_endpoint
-- Enabled again it begins with a clean slate.
update webhook_endpoints
   set url = $4, description = $5, types = $6, workflow_id = $7, environment = $8, include = $9, enabled = $10,
       disabled_reason = case when $10 then null else disabled_reason end,
       given_up = case when $10 and not enabled then 0 else given_up end,
       revision = revision + 1
 where project = $1 and id = $2 and revision = $3
returning revision;

-- name: rotate
-- The secret before it signs as well until $4; the one before that is gone.
update webhook_endpoints
   set old_secret = secret, old_secret_until = $4, secret = $3, revision = revision + 1
 where project = $1 and id = $2
returning id;

-- name: delete_endpoint
delete from webhook_endpoints where project = $1 and id = $2 returning id;

-- name: list_told
-- Who is told of what in these projects.
select id, project, types, workflow_id, environment from webhook_endpoints where enabled and project = any($1::text[]);
