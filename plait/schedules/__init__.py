"""When a schedule is due, and how Temporal is told of it. Its row is the truth; see `plait.store.schedules`."""
