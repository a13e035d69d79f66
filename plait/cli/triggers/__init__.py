"""What starts runs without a person: the clock, messages of other services, events."""
