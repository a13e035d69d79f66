"""Tests of workflows that need no server: fixture files, run by the interpreter's rules on a virtual clock."""
