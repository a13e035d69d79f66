-- What may be asked of providers of models, over all workers: one row for each key, one statement for each question.

-- name: admit
-- Let a call through, now or in the seconds that are returned if these are at most $4: then it has its place in the
-- row. A minute's worth may be asked at once, then as much as flows in: $2 and $3 are the seconds of that flow which
-- the call takes of the requests and of the tokens, 0 where nothing is limited. After the provider was asked too
-- often, those who waited come one after another. What is neither limited nor held up writes nothing.
with held as (
    select not_before from rate_limits where bucket = $1 and not_before > now()
), admitted as (
    insert into rate_limits as r (bucket, asked_until, tokens_until, not_before)
    select $1, now() + make_interval(secs => $2), now() + make_interval(secs => $3), now()
     where $2 > 0 or $3 > 0 or exists (select from held)
        on conflict (bucket) do update
       set asked_until = greatest(r.asked_until, now()) + make_interval(secs => $2),
           tokens_until = greatest(r.tokens_until, now()) + make_interval(secs => $3),
           not_before = r.not_before + case when r.not_before > now() then interval '50 ms' else interval '0' end
     where ($2 = 0 or greatest(r.asked_until, now()) + make_interval(secs => $2 - 60 - $4) <= now())
       and ($3 = 0 or greatest(r.tokens_until, now()) + make_interval(secs => $3 - 60 - $4) <= now())
       and r.not_before + make_interval(secs => -$4) <= now()
    returning asked_until, tokens_until, not_before - interval '50 ms' as not_before
), known as (
    select true as admitted, asked_until, tokens_until, not_before from admitted
     union all
    select not ($2 > 0 or $3 > 0 or exists (select from held)),
           greatest(asked_until, now()) + make_interval(secs => $2),
           greatest(tokens_until, now()) + make_interval(secs => $3), not_before
      from rate_limits where bucket = $1 and not exists (select from admitted)
)
select admitted,
       greatest(0, case when $2 > 0 then extract(epoch from asked_until - now()) - 60 end,
                case when $3 > 0 then extract(epoch from tokens_until - now()) - 60 end,
                extract(epoch from not_before - now()))::double precision as wait
  from known;

-- name: correct
-- What a call took besides the tokens it was let through with, as seconds of their flow; less is given back.
update rate_limits set tokens_until = tokens_until + make_interval(secs => $2) where bucket = $1;

-- name: hold
-- The provider wants nobody with this key to ask before so many seconds have passed.
insert into rate_limits as r (bucket, asked_until, tokens_until, not_before)
values ($1, now(), now(), now() + make_interval(secs => $2))
    on conflict (bucket) do update set not_before = greatest(r.not_before, excluded.not_before);
