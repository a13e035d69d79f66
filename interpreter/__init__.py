"""The workflow language and its meaning.

Pure by contract: pydantic and the standard library, and nothing that knows the clock, chance, the
environment or a network. Only `interpreter.shell` may import Temporal's SDK, and only
`interpreter.document` a YAML parser; `pyproject.toml` holds both as failing checks.
"""
