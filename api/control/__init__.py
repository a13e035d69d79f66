"""Controlling a run by hand: pausing it, stepping through it, ending it."""
