"""The process that executes: it polls Temporal, interprets runs and runs their nodes."""
