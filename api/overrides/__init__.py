"""Moving a node by hand."""
