#!/bin/sh
# Brings Temporal's own two databases to the schema of this version of its server. Run as often as you like.
set -eu
export SQL_PASSWORD="$(cat /run/secrets/temporal_db_password)"
schema=/etc/temporal/schema/postgresql/v12
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}; folder=${pair##*:}
  temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" setup-schema -v 0.0 || true
  temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" update-schema -d "$schema/$folder/versioned"
done
