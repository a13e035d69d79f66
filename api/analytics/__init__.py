"""What is known of all runs together: success, lengths, waiting, cost, by time and kind."""
