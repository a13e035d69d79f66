"""Webhooks that come in: who signed them, and what is made of them. Those that go out are `plait.endpoints`."""
