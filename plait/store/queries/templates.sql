-- Templates of a project.

-- name: list_templates
select * from templates where project = $1 order by slug;

-- name: find_template
select * from templates where project = $1 and slug = $2;

-- name: insert_template
insert into templates (project, slug, name, description, tags, parameters, source, source_type, created_by,
                       created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
on conflict do nothing
returning slug;

-- name: replace_template
update templates
   set name = $3, description = $4, tags = $5, parameters = $6, source = $7, source_type = $8, updated_at = $9,
       revision = revision + 1
 where project = $1 and slug = $2
returning slug;

-- name: delete_template
delete from templates where project = $1 and slug = $2 returning slug;

-- name: mark_copy
update workflows set template = $2 where id = $1;

-- name: used_by
-- The workflows that were copied from a template and are there still.
select id, slug, name, version from workflows
 where project = $1 and template = $2 and deleted_at is null order by slug;
