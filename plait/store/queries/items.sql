-- The items of maps, and what became of them.

-- name: insert_pages
-- Whoever evaluates the list again comes to the same one: what is there stays.
insert into map_items (run_id, path, generation, project, first, data)
select $1, $2, $3, $4, page.first, page.data from unnest($5::integer[], $6::bytea[]) as page (first, data)
on conflict do nothing

-- name: read_pages
-- The pages that hold the items from $5 to before $6. A map whose failed items are tried again has no pages of
-- that generation: its items are those of the last one that has.
select m.first, m.data
  from map_items m
 where m.project = $1 and m.run_id = $2 and m.path = $3 and m.first < $6
   and m.generation = (select max(generation) from map_items
                        where run_id = $2 and path = $3 and generation <= $4)
   and m.first >= (select max(first) from map_items
                    where run_id = $2 and path = $3 and generation = m.generation and first <= $5)
 order by m.first

-- name: read_ends
-- How each of these items stands by its newest row; one that never began since the list was made has none. `offset 0` makes Postgres look each up by
-- itself: it knows nothing yet of a run that has just grown, and would read all of it to join it.
select n.*
  from unnest($3::text[]) as wanted (path)
 cross join lateral (
     select path, status, error, output, output_ref, output_size, output_sha256 from node_runs
      where run_id = $1 and path = wanted.path and generation <= $2
        and generation >= (select coalesce(max(generation), $2) from map_items
                            where run_id = $1 and path = $4 and generation <= $2)
      order by generation desc limit 1 offset 0) n
