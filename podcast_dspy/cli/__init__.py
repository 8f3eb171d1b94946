"""The command line: one file a command group, a thin layer over the public API."""
