"""HTTP requests: of the node `http_request`, and of tools."""
