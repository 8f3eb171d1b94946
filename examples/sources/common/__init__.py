"""Shared by every example: page layout, charts, spoken numbers, voices, audio and gold files."""
