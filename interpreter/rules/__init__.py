"""What follows from what happened: joins, failures, control. Pure functions over plan and state."""
