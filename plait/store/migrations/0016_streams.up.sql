-- What nodes say while they work, as long as they do: text that comes faster than events could. It is told again
-- by nobody and the node's output has the whole, so both tables are unlogged: a commit waits for no disk.

-- The newest text of each path. A retry has a higher generation or attempt; `part` counts the texts of one attempt.
create unlogged table streams (
    run_id      uuid not null,
    path        text not null,
    project     text not null,
    generation  integer not null,
    attempt     integer not null,
    part        integer not null,
    length      integer not null,                   -- in characters
    cut         boolean not null,                   -- it went on, and the rest is not kept
    said_at     timestamptz not null default now(),
    primary key (run_id, path)
) with (fillfactor = 50);

create unlogged table stream_pieces (
    run_id      uuid not null,
    path        text not null,
    generation  integer not null,
    attempt     integer not null,
    part        integer not null,
    start       integer not null,                   -- its place in the text, in characters
    text        text not null,
    primary key (run_id, path, generation, attempt, part, start)
);
