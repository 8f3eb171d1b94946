"""Cache eviction under drifting popularity."""
