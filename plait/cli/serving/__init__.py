"""Plait itself: running its processes, showing that they work, checking what they did."""
