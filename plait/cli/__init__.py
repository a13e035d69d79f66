"""The command line: one verb a command, `--json` for machines, a sentence where something is wrong."""
