-- Environments: which version of a workflow runs where, and with which variables. Each project begins
-- with three. A pointer is the state, a promotion the wish and the history of it.

create table environments (
    project         text not null references projects (id) on delete cascade,
    name            text not null,
    position        integer not null,                   -- the order in which lists show them
    follows_newest  boolean not null default false,     -- runs the newest version by itself, without a pointer
    protected       boolean not null default false,     -- a promotion waits for its approvers
    approvers       text[] not null default '{role:admin}',
    primary key (project, name)
);

create function add_environments() returns trigger language plpgsql as $$
begin
    insert into environments (project, name, position, follows_newest, protected)
    values (new.id, 'dev', 1, true, false), (new.id, 'staging', 2, false, false), (new.id, 'prod', 3, false, true);
    return null;
end $$;
create trigger add_environments after insert on projects for each row execute function add_environments();
insert into environments (project, name, position, follows_newest, protected)
select p.id, e.name, e.position, e.follows_newest, e.protected
  from projects p,
       (values ('dev', 1, true, false), ('staging', 2, false, false), ('prod', 3, false, true))
           as e (name, position, follows_newest, protected);

create table workflow_pointers (
    project      text not null,
    workflow_id  uuid not null references workflows (id) on delete cascade,
    environment  text not null,
    version      integer not null,
    by           jsonb not null,
    at           timestamptz not null,
    primary key (workflow_id, environment),
    foreign key (workflow_id, version) references workflow_versions (workflow_id, version) on delete cascade,
    foreign key (project, environment) references environments (project, name)
);

-- `previous` is the version that the pointer was at when it was asked to move: it moves from there or not at all.
create table promotions (
    id           uuid primary key,
    project      text not null,
    workflow_id  uuid not null references workflows (id) on delete cascade,
    environment  text not null,
    version      integer not null,
    previous     integer,
    status       text not null,                         -- waiting | moved | refused
    reason       text,
    refusal      text,                                  -- why the pointer was not moved
    run_id       uuid,                                  -- the run whose gate it waits for
    by           jsonb not null,
    at           timestamptz not null,
    settled_at   timestamptz
);
create index promotions_of_workflow on promotions (workflow_id, at desc, id desc);
create unique index promotions_waiting on promotions (workflow_id, environment, version) where status = 'waiting';

create table environment_variables (
    project      text not null,
    environment  text not null,
    name         text not null,
    value        jsonb not null,
    by           jsonb not null,
    at           timestamptz not null,
    primary key (project, environment, name),
    foreign key (project, environment) references environments (project, name)
);

-- What a version reads of its environment, as its document declares it: `{NAME: {type, default?}}`. It is taken out
-- of the text as json, which leaves the rest of the document unread.
alter table workflow_versions add column env jsonb not null default '{}';
update workflow_versions set env = coalesce((definition::json #> '{document,env}')::text::jsonb, '{}');

-- Plait's own workflows, such as the approval of a promotion: nobody edits them, and lists leave them out.
alter table workflows add column system boolean not null default false;
