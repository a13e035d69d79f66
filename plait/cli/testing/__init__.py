"""Whether a workflow does what it should: fixtures without a server, evaluations, backtests."""
