-- What of Plait is offered to agents and in chats.

-- Where else a version is offered, of `mcp`, `chat` and `form`: the `expose` of its document, taken out of it so
-- that nothing has to read whole documents to find those few.
alter table workflow_versions add column exposed text[] not null default '{}';
update workflow_versions set exposed = array(
    select key from json_each_text(definition::json #> '{document,expose}') where value = 'true' order by key)
 where json_typeof(definition::json #> '{document,expose}') = 'object';

-- What one caller talks about. `owner` is `{type}:{id}` of the actor; nobody else sees it. `proposal` is what would
-- be started if the caller said yes: {id, workflow, input}. `run_id` is the run that it follows, if that is still there.
-- `messages` counts what was said: an answer is written only while nothing was said after what it answers.
create table conversations (
    id           uuid primary key,
    project      text not null references projects (id),
    owner        text not null,
    environment  text not null,
    proposal     jsonb,
    run_id       uuid references workflow_runs (id) on delete set null,
    messages     integer not null default 0,
    created_at   timestamptz not null,
    last_at      timestamptz not null
);
create index conversations_by_age on conversations (last_at);
create index conversations_run on conversations (run_id) where run_id is not null;

create table conversation_messages (
    conversation_id  uuid not null references conversations (id) on delete cascade,
    number           integer not null,
    role             text not null,                 -- user | assistant
    text             text not null,
    at               timestamptz not null,
    primary key (conversation_id, number)
);
