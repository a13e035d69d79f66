"""Tools that a project stores: what is said of them, what they are made into, and how a call becomes a request. Pure."""
