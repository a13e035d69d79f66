"""Tickets that open streams, where no header can be sent."""
