-- Conversations. Each is one caller's, and nobody else's.

-- name: insert_conversation
insert into conversations (id, project, owner, environment, created_at, last_at) values ($1, $2, $3, $4, $5, $5);

-- name: add_message
-- What the caller says comes behind all that was said; two at once come one after the other.
with counted as (
    update conversations set messages = messages + 1, last_at = $5::timestamptz
     where id = $1 and project = $2 and owner = $3
    returning *
), said as (
    insert into conversation_messages (conversation_id, number, role, text, at)
    select id, messages, 'user', $4::text, $5 from counted
)
select * from counted;

-- name: add_reply
-- Only while nothing was said after the message that it answers.
with counted as (
    update conversations set messages = messages + 1, last_at = $6::timestamptz, proposal = $4::jsonb, run_id = $5::uuid
     where id = $1 and messages = $2
    returning id, messages
), said as (
    insert into conversation_messages (conversation_id, number, role, text, at)
    select id, messages, 'assistant', $3::text, $6 from counted
)
select messages from counted;

-- name: list_said
-- The last messages of the caller, the oldest first, without the one that is being answered.
select text from (
    select number, text from conversation_messages
     where conversation_id = $1 and role = 'user' and number < $2 order by number desc limit $3) last
 order by number;

-- name: sweep
delete from conversations where last_at < $1;
