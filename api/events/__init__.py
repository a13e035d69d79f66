"""The event log of a run: by page, as a stream, over a WebSocket."""
