delete from idempotency_keys where free;
alter table idempotency_keys drop column made, drop column free;
