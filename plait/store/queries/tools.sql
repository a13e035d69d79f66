-- Tools that a project stored: sources, and what they were made into.

-- name: list_entries
select source, entry from tools where project = $1 order by name;

-- name: find_entries
select entry from tools where project = $1 and name = any($2::text[]);

-- name: find_calls
select name, call from tools where project = $1 and name = any($2::text[]) order by name;

-- name: find_tool
-- For a call: the tool, and how old the list is that it is from.
select t.entry, t.call, t.source, s.listed_at
  from tools t join tool_sources s on s.project = t.project and s.name = t.source
 where t.project = $1 and t.name = $2;

-- name: list_sources
select name, definition, listed from tool_sources where project = $1 order by name;

-- name: read_source
select name, kind, definition, listed, listed_at, skipped, revision, created_by, created_at, updated_at
  from tool_sources where project = $1 and name = $2;

-- name: entries_of
select entry, call from tools where project = $1 and source = $2 order by name;

-- name: insert_source
insert into tool_sources (project, name, kind, definition, listed, listed_at, skipped, created_by, created_at,
                          updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $6, $6)
on conflict do nothing
returning revision;

-- name: replace_source
update tool_sources
   set kind = $4, definition = $5, listed = $6, listed_at = $7, skipped = $8, updated_at = $7, revision = revision + 1
 where project = $1 and name = $2 and revision = $3
returning revision;

-- name: delete_source
delete from tool_sources where project = $1 and name = $2 and revision = $3 returning name;

-- name: touch_source
-- The list is as it was.
update tool_sources set listed_at = $4 where project = $1 and name = $2 and revision = $3;

-- name: forget_tools
delete from tools where project = $1 and source = $2;

-- name: insert_tools
-- A name that another source has already stays that one's: then fewer are written than were sent.
insert into tools (project, name, source, entry, call)
select $1, each.name, $2, each.entry, each.call
  from unnest($3::text[], $4::text[], $5::text[]) as each (name, entry, call)
on conflict do nothing
returning name;

-- name: used_by
-- The workflows whose newest version names the tool: a definition says by itself which tools it uses.
select w.id, w.slug, w.name, w.version
  from workflows w
  join workflow_versions v on v.workflow_id = w.id and v.version = w.version
 where w.project = $1 and w.deleted_at is null
   and strpos(v.definition, $2) > 0
   and v.definition::jsonb -> 'catalogue' -> 'tools' ?| $3::text[]
 order by w.slug;

-- name: list_workflows
-- Workflows as tools: what they say of themselves, and the input of their newest version. $2 are the slugs, all if null.
select w.slug, coalesce(w.description, w.name) as description, v.definition::json -> 'document' -> 'input' as input
  from workflows w
  join workflow_versions v on v.workflow_id = w.id and v.version = w.version
 where w.project = $1 and ($2::text[] is null or w.slug = any($2)) and w.deleted_at is null and not w.system
 order by w.slug;
