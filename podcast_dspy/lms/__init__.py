"""Language models by role, the embedded engine, embeddings, and what calls cost.

Importing this package is cheap: DSPy and the engines are imported by the functions that need them.
"""

from podcast_dspy.lms.cache import if_usable, usable
from podcast_dspy.lms.calls import as_podcast_error, calling, podcast_errors
from podcast_dspy.lms.embeddings import DIMENSIONS, embed
from podcast_dspy.lms.ledger import Budget, CostLedger, LedgerEntry, Spent, allow, exhausted
from podcast_dspy.lms.roles import configure_cache, is_capable, is_local, resolve, unkept, use

__all__ = [
    "DIMENSIONS",
    "Budget",
    "CostLedger",
    "LedgerEntry",
    "Spent",
    "allow",
    "as_podcast_error",
    "calling",
    "configure_cache",
    "embed",
    "exhausted",
    "if_usable",
    "is_capable",
    "is_local",
    "podcast_errors",
    "resolve",
    "unkept",
    "usable",
    "use",
]
