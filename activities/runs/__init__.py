"""What every run asks of a worker, whatever its nodes are: quick activities around its nodes."""
