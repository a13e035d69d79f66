"""Writing a workflow: beginning, drawing and checking it on this machine."""
