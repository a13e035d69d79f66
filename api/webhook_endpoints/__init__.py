"""Webhook endpoints: who outside is told of what happens to runs."""
