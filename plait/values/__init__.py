"""Values from outside: held against JSON Schema, filled in, declared by name, made of templates."""
