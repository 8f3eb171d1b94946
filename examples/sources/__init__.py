"""Sources of the example corpus: one package a paper, with its experiment, its text and (for pairs) its script."""
