"""The process that answers: HTTP in, Postgres and Temporal behind it; it imports no code of users."""
