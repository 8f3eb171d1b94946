"""Written text to text that a voice can say: one module a kind of notation."""

from podcast_dspy.audio.spoken.lexicon import Lexicon, read_lexicon
from podcast_dspy.audio.spoken.text import speakable

__all__ = ["Lexicon", "read_lexicon", "speakable"]
