"""Calling language models: one way for the node `llm`, for turns of agents, and for whatever else asks one."""
