"""A run without a world: the rules on a virtual clock, with scripted results. Nothing runs."""

from interpreter.simulate.report import Simulation, Wait, simulate
from interpreter.simulate.script import UNKNOWN, Attempt, Inbound, Script, Vote
from interpreter.simulate.steps import Step

__all__ = ["UNKNOWN", "Attempt", "Inbound", "Script", "Simulation", "Step", "Vote", "Wait", "simulate"]
