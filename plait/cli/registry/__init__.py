"""What workflows may name: models, agents, tools."""
