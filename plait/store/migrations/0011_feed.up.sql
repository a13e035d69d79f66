-- The feed of a project: run- and gate-level events of all its runs in one order; and what is told outside by it.

-- What writes run_events need not know of the feed: the rows that belong into it are noted by the table itself, in
-- the same transaction. The condition is looked at for each row and costs next to nothing; the function is called
-- for the few that meet it.
create table feed_outbox (
    id        bigint generated always as identity primary key,
    run_id    uuid not null,
    seq       bigint not null,
    replayed  boolean not null default false        -- fed before: nobody outside is told again
);
create function note_for_feed() returns trigger language plpgsql as $$
begin
    insert into feed_outbox (run_id, seq) values (new.run_id, new.seq);
    return null;
end $$;
create trigger note_for_feed after insert on run_events for each row
    when (starts_with(new.type, 'workflow.run.') or starts_with(new.type, 'workflow.gate.'))
    execute function note_for_feed();

-- One leader moves the notes here, in order: `position` has no gap in a project. What an event says stays in run_events.
create table feed (
    project      text not null,
    position     bigint not null,
    run_id       uuid not null,
    seq          bigint not null,
    type         text not null,
    workflow_id  uuid not null,
    environment  text not null,
    time         timestamptz not null,
    primary key (project, position),
    unique (run_id, seq)
);
create index feed_by_age on feed (time);
create table feed_heads (
    project   text primary key,
    position  bigint not null,                      -- the last that was given out
    purged    bigint not null default 0             -- the last that was forgotten for its age
);

-- A deleted run goes from the feed as well.
create function forget_fed() returns trigger language plpgsql as $$
begin
    delete from feed f using gone where f.run_id = gone.id;
    return null;
end $$;
create trigger forget_fed after delete on workflow_runs referencing old table as gone
    for each statement execute function forget_fed();

-- A ticket opens one stream, once. Only its hash is kept.
create table stream_tickets (
    hash        bytea primary key,
    project     text not null,
    caller      jsonb not null,                     -- {actor, scopes, open_mode}
    expires_at  timestamptz not null
);
create index stream_tickets_by_age on stream_tickets (expires_at);

-- Who outside is told of events. The secret signs, so it is kept as it is.
create table webhook_endpoints (
    id                uuid primary key,
    project           text not null references projects (id),
    kind              text not null,                -- http | slack | email
    url               text not null,                -- https://…; mailto:… for email
    description       text,
    types             text[] not null,
    workflow_id       uuid references workflows (id) on delete cascade,
    environment       text,                         -- null: all of them
    include           text[] not null default '{}', -- output
    secret            text not null,
    old_secret        text,                         -- signs beside the new one until it is over
    old_secret_until  timestamptz,
    enabled           boolean not null default true,
    disabled_reason   text,                         -- gone | failing; null where a person did it
    given_up          integer not null default 0,   -- deliveries given up since one got through
    revision          integer not null default 1,   -- its ETag
    created_by        jsonb not null,
    created_at        timestamptz not null
);
create index webhook_endpoints_newest on webhook_endpoints (project, created_at desc, id desc);

-- One row an event and endpoint; its id is the message's, whatever happens. The row is the outbox: `pending` with a
-- due `due_at` is told to Temporal. `round` counts how often it was begun, for a person or because it was lost.
create table endpoint_deliveries (
    id            uuid primary key,
    project       text not null,
    endpoint_id   uuid not null references webhook_endpoints (id) on delete cascade,
    run_id        uuid,                             -- null: a test
    seq           bigint,
    type          text not null,
    body          jsonb not null,
    status        text not null default 'pending',  -- pending | delivered | failed
    attempts      jsonb not null default '[]',      -- [{at, status_code, error, response, duration_ms}]
    round         integer not null default 1,
    due_at        timestamptz not null,
    told_at       timestamptz,                      -- when Temporal took this round
    created_at    timestamptz not null,
    completed_at  timestamptz,
    unique (endpoint_id, run_id, seq)
);
create index endpoint_deliveries_newest on endpoint_deliveries (endpoint_id, created_at desc, id desc);
create index endpoint_deliveries_due on endpoint_deliveries (due_at) where status = 'pending';
create index endpoint_deliveries_by_age on endpoint_deliveries (created_at);
