-- Workflows to copy. Those that come with Plait are files; these are a project's own.
create table templates (
    project      text not null references projects (id),
    slug         text not null,
    name         text not null,
    description  text not null,
    tags         text[] not null default '{}',
    parameters   jsonb not null,                    -- JSON Schema; each property is one of the workflow's vars
    source       text not null,
    source_type  text not null,
    revision     bigint not null default 1,
    created_by   jsonb not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    primary key (project, slug)
);

-- What a workflow is a copy of. A copy is on its own: this only says where it came from.
alter table workflows add column template text;
create index workflows_of_template on workflows (project, template) where template is not null;
