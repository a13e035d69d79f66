"""The embedded default: everything on this machine, from one data directory, on loopback."""
