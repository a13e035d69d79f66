#!/bin/sh
# Runs Temporal's server with temporal-server.yaml, whatever entry point its image has.
set -eu
TEMPORAL_DB_PASSWORD=$(cat "${PLAIT_SECRETS_DIR:-/run/secrets}/temporal_db_password")
# What the server's own services find each other by; an address to listen on may be all of them.
TEMPORAL_BROADCAST_ADDRESS=${TEMPORAL_BROADCAST_ADDRESS:-$(hostname -i | cut -d ' ' -f 1)}
export TEMPORAL_DB_PASSWORD TEMPORAL_BROADCAST_ADDRESS
exec temporal-server --root "$(dirname "$0")" --config . --env temporal-server --allow-no-auth start
