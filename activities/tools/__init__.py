"""The tools that come with Plait, as the entry point group `plait.tools` finds them."""

from activities.tools.builtin import read_csv, read_json, read_text, render_text, write_csv, write_json, write_text
from activities.tools.web import web_search

__all__ = ["read_csv", "read_json", "read_text", "render_text", "web_search", "write_csv", "write_json", "write_text"]
