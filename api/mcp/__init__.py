"""Plait for agents: workflows as tools over the Model Context Protocol, and tools that follow their runs.

Only `routes` is imported when the API starts; the protocol's library is loaded by the first request.
"""
