#!/bin/sh
# Runs once, on an empty data volume: the databases and roles of Temporal and of Plait.
set -eu
secrets=${PLAIT_SECRETS_DIR:-/run/secrets}
temporal=$(cat "$secrets/temporal_db_password")
owner=$(cat "$secrets/plait_owner_password")
app=$(cat "$secrets/plait_app_password")
psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres \
     --set temporal="$temporal" --set owner="$owner" --set app="$app" <<'SQL'
create role temporal login password :'temporal';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create role plait login password :'owner';
create role plait_app login password :'app';
create database plait owner plait;
SQL
for database in temporal temporal_visibility; do
  psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname "$database" \
       --command 'create extension if not exists btree_gin'
done
