"""One language for every expression: a profile of CEL, pure and bounded by fuel."""
