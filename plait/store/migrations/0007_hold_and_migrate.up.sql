-- What a person gives a node by hand: an output, or other parameters. And versions made for one run.

alter table overrides
    add column given         jsonb,                 -- of a retry: parameters in place of those of the same name
    add column output_ref    uuid,
    add column output_size   integer,
    add column output_sha256 text,
    add column facts         jsonb not null default '{}';
create index overrides_of_run on overrides (run_id, path, at);

-- An ad hoc version is what a run was migrated to: never the newest, and never promoted.
alter table workflow_versions add column ad_hoc boolean not null default false;
-- What a migration came to, node by node.
alter table run_commands add column report jsonb;
