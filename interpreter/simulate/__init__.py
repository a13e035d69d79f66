"""A run without a world: the rules on a virtual clock, with scripted results. Nothing runs."""

from interpreter.simulate.report import Simulation, Step, Wait, simulate
from interpreter.simulate.script import UNKNOWN, Attempt, Script, Vote

__all__ = ["UNKNOWN", "Attempt", "Script", "Simulation", "Step", "Vote", "Wait", "simulate"]
