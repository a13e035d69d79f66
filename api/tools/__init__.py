"""Tools over HTTP: what may be called, what a project stored, a call by hand."""
