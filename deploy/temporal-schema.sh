#!/bin/sh
# Brings Temporal's own two databases to the schema of this version of its server. Run as often as you like.
set -eu
SQL_PASSWORD=$(cat "${PLAIT_SECRETS_DIR:-/run/secrets}/temporal_db_password")
export SQL_PASSWORD SQL_PLUGIN=postgres12 SQL_USER=temporal SQL_HOST="${SQL_HOST:-postgres}" SQL_PORT="${SQL_PORT:-5432}"
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}; schema=postgresql/v12/${pair##*:}
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "$schema"
done
