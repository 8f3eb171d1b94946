"""Language itself, of papers and of speech: what every other package may ask about a text."""
