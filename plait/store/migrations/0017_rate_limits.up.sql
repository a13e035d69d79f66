-- What the workers may still ask of a provider of models under one key. `asked_until` and `tokens_until` are how far
-- in the future what was let through lies, evenly spread; `not_before` is when the provider wants to be asked again.
create table rate_limits (
    bucket text primary key,
    asked_until timestamptz not null,
    tokens_until timestamptz not null,
    not_before timestamptz not null
);
