"""`python -m podcast_dspy.cli` is the program `podcast-dspy`."""

from __future__ import annotations

from podcast_dspy.cli.main import main

main()
