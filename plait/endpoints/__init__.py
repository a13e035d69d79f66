"""Telling endpoints outside what happened: what is said, how it is signed, and the workflow that goes on trying."""
