-- Providers of models, and aliases, that a project adds to the known ones.

-- name: list_providers
select name, kind, base_url, secret, requests_per_minute, tokens_per_minute, prices, by, at
  from model_providers where project = $1 order by name;

-- name: list_kinds
select distinct kind, secret from model_providers;

-- name: list_aliases
select name, model, by, at from model_aliases where project = $1 order by name;

-- name: put_provider
-- An equal one keeps who said it and when.
insert into model_providers as p (project, name, kind, base_url, secret, requests_per_minute, tokens_per_minute, prices,
                                  by, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (project, name) do update
   set kind = excluded.kind, base_url = excluded.base_url, secret = excluded.secret,
       requests_per_minute = excluded.requests_per_minute, tokens_per_minute = excluded.tokens_per_minute,
       prices = excluded.prices, by = excluded.by, at = excluded.at
 where (p.kind, p.base_url, p.secret, p.requests_per_minute, p.tokens_per_minute, p.prices)
       is distinct from (excluded.kind, excluded.base_url, excluded.secret, excluded.requests_per_minute,
                         excluded.tokens_per_minute, excluded.prices);

-- name: delete_provider
delete from model_providers where project = $1 and name = $2 returning name;

-- name: put_alias
insert into model_aliases (project, name, model, by, at) values ($1, $2, $3, $4, $5)
on conflict (project, name) do update set model = excluded.model, by = excluded.by, at = excluded.at
 where model_aliases.model <> excluded.model;

-- name: delete_alias
delete from model_aliases where project = $1 and name = $2 returning name;

-- name: list_definitions_with
-- The versions that are the newest or that an environment runs, as far as this text stands in them. Whether it stands
-- where it means something, the reader sees.
select w.slug, v.version, v.definition
  from workflows w
  join workflow_versions v on v.workflow_id = w.id
 where w.project = $1 and w.deleted_at is null and position($2 in v.definition) > 0
   and (v.version = w.version
        or exists (select from workflow_pointers p where p.workflow_id = w.id and p.version = v.version))
 order by w.slug, v.version;
