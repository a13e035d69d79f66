"""Workflows that are offered to agents and in chats: what they take, what they give, and starting them there."""
