-- Webhook triggers, and what came in by them.

-- name: insert_webhook
insert into webhook_triggers (id, project, name, workflow_id, token_hash, verify, secret_names, secrets, action, "when",
                              delivery_id, respond, enabled, created_by, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
on conflict (id) do update set token_hash = excluded.token_hash, secrets = excluded.secrets;

-- name: update_webhook
-- Only what the caller has seen: null if it was changed since.
update webhook_triggers
   set name = $4, workflow_id = $5, verify = $6, secret_names = $7, secrets = $8, action = $9, "when" = $10,
       delivery_id = $11, respond = $12, enabled = $13, updated_at = $14, revision = revision + 1
 where project = $1 and id = $2 and revision = $3
returning revision;

-- name: rotate_secret
-- The newest secret is the last one; those before it hold until they end.
update webhook_triggers set secrets = $4, updated_at = $5, revision = revision + 1
 where project = $1 and id = $2 and revision = $3
returning revision;

-- name: delete_webhook
delete from webhook_triggers where project = $1 and id = $2 returning id;

-- name: list_webhooks
-- A page, newest first; or one by its id.
select * from webhook_triggers
 where project = $1 and ($2::uuid is null or id = $2)
   and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
 order by created_at desc, id desc
 limit $5;

-- name: count_webhooks
select count(*) from (select from webhook_triggers where project = $1 limit 10001) counted;

-- name: find_by_token
select * from webhook_triggers where token_hash = $1 and enabled;

-- name: insert_delivery
insert into webhook_deliveries (id, project, trigger_id, sender_id, at, result, code, message, size, media_type, run_id,
                                event_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: list_deliveries
select * from webhook_deliveries
 where project = $1 and trigger_id = $2
   and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
 order by at desc, id desc
 limit $5;

-- name: count_deliveries
select count(*) from (select from webhook_deliveries where project = $1 and trigger_id = $2 limit 10001) counted;

-- name: sweep_deliveries
delete from webhook_deliveries where at < $1;
