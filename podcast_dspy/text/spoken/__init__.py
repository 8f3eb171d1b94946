"""Text normalisation for speech: written text to what a voice can say, one module a kind of notation."""

from podcast_dspy.text.spoken.normalisation import LEXICON, Lexicon, project_lexicon, read_lexicon, speakable

__all__ = ["LEXICON", "Lexicon", "project_lexicon", "read_lexicon", "speakable"]
