"""podcast-dspy: turn technical papers into podcasts, with a quality that is measured and learned."""

__version__ = "0.1.0"
