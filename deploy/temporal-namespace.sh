#!/bin/sh
# Makes the namespace that Plait works in. Run as often as you like; TEMPORAL_ADDRESS says where.
set -eu
for _ in $(seq 60); do
  temporal operator namespace describe --namespace default && exit
  temporal operator namespace create --namespace default --retention 720h && exit
  sleep 1
done
echo "Temporal did not make the namespace within a minute." >&2
exit 1
