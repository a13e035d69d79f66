-- The items of maps, and what became of them.

-- name: insert_pages
-- Whoever evaluates the list again comes to the same one: what is there stays.
insert into map_items (run_id, path, generation, project, first, data)
select $1, $2, $3, $4, page.first, page.data from unnest($5::integer[], $6::bytea[]) as page (first, data)
on conflict do nothing

-- name: read_pages
-- The pages that hold the items from $5 to before $6.
select first, data from map_items
 where project = $1 and run_id = $2 and path = $3 and generation = $4 and first < $6
   and first >= (select max(first) from map_items
                  where run_id = $2 and path = $3 and generation = $4 and first <= $5)
 order by first

-- name: read_ends
-- How each of these items stands; one that never began has no row. `offset 0` makes Postgres look each up by
-- itself: it knows nothing yet of a run that has just grown, and would read all of it to join it.
select n.*
  from unnest($3::text[]) as wanted (path)
 cross join lateral (
     select path, status, error, output, output_ref, output_size, output_sha256 from node_runs
      where run_id = $1 and path = wanted.path and generation = $2 offset 0) n
