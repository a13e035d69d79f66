"""Chats: a message picks a workflow, fills its input and asks for the rest; a yes starts it."""
