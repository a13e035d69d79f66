"""The stored DAG: what a workflow document says, and nothing about what it means."""
