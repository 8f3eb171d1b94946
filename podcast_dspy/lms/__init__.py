"""Language models by role, the embedded engine, embeddings, and what calls cost.

Importing this package is cheap: DSPy and the engines are imported by the functions that need them.
"""

from podcast_dspy.lms.embeddings import DIMENSIONS, cosine, embed

__all__ = ["DIMENSIONS", "cosine", "embed"]
