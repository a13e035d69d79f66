-- Tools that a project stored. A source is what a person said: one request, an OpenAPI document, an MCP server.
create table tool_sources (
    project     text not null references projects (id),
    name        text not null,
    kind        text not null,                      -- http | openapi | mcp
    definition  text not null,                      -- as it was said, JSON; text, because schemas keep the order of their fields
    listed      text,                               -- what it was made of: the OpenAPI document, the server's list
    listed_at   timestamptz not null,
    skipped     jsonb not null,                     -- what of it cannot be called, and why
    revision    bigint not null default 1,
    created_by  jsonb not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    primary key (project, name)
);

-- What may be called, made of the sources whenever they change: read by name for each call.
create table tools (
    project  text not null,
    name     text not null,
    source   text not null,
    entry    text not null,                         -- what the catalogue says: schemas, timeout
    call     text not null,                         -- how it is called
    primary key (project, name),
    foreign key (project, source) references tool_sources on delete cascade
);
create index tools_of_source on tools (project, source);

-- Whether every worker of workflows that lives runs tools too: then short ones need not go through a queue.
create function workers_are_combined() returns boolean language sql stable as $$
    select coalesce(bool_and((info ->> 'activities')::boolean), false) from workers
     where seen_at > now() - interval '45 seconds' and (info ->> 'workflows')::boolean
$$;
