"""Tools that a project stores: what is said of them, what they are made into, what workers are asked about them."""
