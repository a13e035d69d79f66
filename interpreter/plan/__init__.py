"""From a document to a plan, or to everything that is wrong with it."""
