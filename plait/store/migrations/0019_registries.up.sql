-- Whose models a project uses, beyond those that are known everywhere. A secret stands by its name alone.
create table model_providers (
    project              text not null references projects (id) on delete cascade,
    name                 text not null,
    kind                 text not null,                     -- openai | anthropic | google: the protocol
    base_url             text,
    secret               text,
    requests_per_minute  integer,
    tokens_per_minute    integer,
    prices               jsonb not null default '{}',       -- {MODEL: {input, output, cached_input?}}, as texts
    by                   jsonb not null,
    at                   timestamptz not null,
    primary key (project, name)
);

create table model_aliases (
    project  text not null references projects (id) on delete cascade,
    name     text not null,
    model    text not null,                                 -- always provider:model
    by       jsonb not null,
    at       timestamptz not null,
    primary key (project, name)
);

-- A project's own agents. One that was deleted keeps its versions: runs that began with them go on.
create table agents (
    project     text not null references projects (id) on delete cascade,
    name        text not null,
    version     integer not null,                           -- the newest
    deleted_at  timestamptz,
    created_by  jsonb not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    primary key (project, name)
);

create table agent_versions (
    project     text not null,
    name        text not null,
    version     integer not null,
    hash        text not null,
    definition  text not null,                              -- JSON; text, because schemas keep the order of their fields
    by          jsonb not null,
    at          timestamptz not null,
    primary key (project, name, version),
    foreign key (project, name) references agents (project, name) on delete cascade
);
create index agent_versions_by_hash on agent_versions (project, name, hash);

-- Every definition that workers ever published, by hash. Which of a name is the newest, the catalogue says.
create table code_agents (
    name        text not null,
    hash        text not null,
    definition  text not null,
    primary key (name, hash)
);

-- What a run resolved at its start: {models: {ALIAS: PROVIDER:MODEL}, agents: {NAME: {origin, version, hash}}}.
alter table workflow_runs add column uses jsonb not null default '{}';
