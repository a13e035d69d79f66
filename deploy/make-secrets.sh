#!/bin/sh
# Writes ./secrets for docker-compose.yml: random passwords and the API key. What is there already stays.
set -eu
umask 077
mkdir -p secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
for name in postgres_password temporal_db_password plait_owner_password plait_app_password plait_api_key; do
  [ -s "secrets/$name" ] || random > "secrets/$name"
done
[ -s secrets/plait_database_url ] ||
  printf 'postgresql://plait_app:%s@postgres:5432/plait' "$(cat secrets/plait_app_password)" > secrets/plait_database_url
[ -s secrets/plait_database_owner_url ] ||
  printf 'postgresql://plait:%s@postgres:5432/plait' "$(cat secrets/plait_owner_password)" > secrets/plait_database_owner_url
# Containers read the files as unprivileged users of their own; nobody else enters the folder.
chmod 0644 secrets/*
chmod 0700 secrets
echo "The API key is in secrets/plait_api_key."
