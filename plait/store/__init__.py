"""Postgres: definitions, the read model, and the ledger of what nodes did."""
