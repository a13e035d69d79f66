"""Gates: the inbox, one gate, and the decisions of people."""
