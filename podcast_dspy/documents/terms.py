"""Splits prose into candidate terms: noun-like runs of words, their occurrences, and acronyms with long forms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from podcast_dspy.text.words import GRAMMAR_WORDS, frequency, wordlist

FUNCTION = GRAMMAR_WORDS | wordlist("qualifying")
"""What no term begins or ends with."""
ADJECTIVE_NOUNS, DETERMINERS, ED_NOUNS, GENERIC, LY_NOUNS, NOUN_TOO, VERBS = map(
    wordlist,
    ("adjective_nouns", "determiners", "ed_nouns", "generic", "ly_nouns", "verbs_too", "verbs"),
)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’/+.][^\W_]+)*|[^\w\s]")


_UNIT = re.compile(
    r"(?:[µμnmkc]?(?:g|l|m|mol|s|h|w|v|a|hz|pa|j|b)|mg|kg|ml|dl|wk|kb|mb|gb|min)(?:[/.](?:[µμnmkc]?(?:g|l|m|mol|s|h)|kg|ml|dl|min|day))+$",
    re.I,
)


_CITATION = re.compile(
    r"\[\s*\d[\d\s,;–-]*\]|\((?:[^()]{0,160}?\b(?:19|20)\d\d[a-z]?(?:[;,][^()]{0,200})?)\)|"
    r"\b[A-Z][\w'’-]+ (?:et al\.?|and [A-Z][\w'’-]+),? ?\(?(?:19|20)\d\d[a-z]?\)?|\b[A-Z][\w'’-]+ et al\b\.?|"
    r"https?://\S+|www\.\S+|\S+@\S+"
)


_ADJECTIVE = tuple("ous ful less able ible ish ary ent ant ive ic al ar".split())
_SURELY_ADJECTIVE = tuple("ic ical able ible ous ive wise less ful".split())


def strip_citations(text: str) -> str:
    """Text without citations, links and addresses, so that cited names do not count as terms."""
    return _CITATION.sub(" ", text)


def singular(word: str) -> str:
    """A noun without its plural ending, by the regular rules of English spelling."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics", "ous")):
        return word
    if word.isupper() or (word[:-1].isupper() and len(word) > 2):
        return word[:-1] if word[-1] == "s" else word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def fold_term(term: str) -> str:
    """Key under which spellings of one term meet: lower case, singular last word, hyphens as spaces."""
    words = term.lower().replace("-", " ").replace("’", "'").split()
    if words:
        words[-1] = singular(words[-1])
    return " ".join(words)


class Chunker:
    """Cuts sentences into runs of content words; which words act as verbs is learned from the paper itself."""

    def __init__(self, texts: Sequence[str]) -> None:
        total: Counter[str] = Counter()
        before_determiner: Counter[str] = Counter()
        for text in texts:
            tokens = [t.lower() for t in _TOKEN.findall(strip_citations(text))]
            for token, following in pairwise(tokens):
                total[token] += 1
                before_determiner[token] += following in DETERMINERS
        self._verbs = {
            t
            for t, n in total.items()
            if n >= 3 and before_determiner[t] / n > 0.2 and t not in NOUN_TOO and t.isalpha()
        }

    def breaks(self, token: str) -> bool:
        """Whether a token cannot be inside a term."""
        low = token.lower()
        if low in FUNCTION or low in self._verbs or not any(ch.isalpha() for ch in token):
            return True
        if _UNIT.match(token) or not re.search(r"[a-z]{2}", low):
            return True
        if len(low) == 1 or (low.endswith("ly") and len(low) > 4 and low not in LY_NOUNS):
            return True
        if low in NOUN_TOO:
            return False
        for ending in ("", "s", "es", "ed", "d", "ing"):
            stem = low[: len(low) - len(ending)] if ending else low
            if low.endswith(ending) and (
                stem in VERBS or (ending in ("ed", "ing", "es") and stem + "e" in VERBS)
            ):
                return True
        return False

    def chunks(self, text: str) -> list[list[str]]:
        """Runs of content words, as printed."""
        out: list[list[str]] = []
        run: list[str] = []
        for token in _TOKEN.findall(strip_citations(text)):
            if self.breaks(token):
                if run:
                    out.append(run)
                run = []
            else:
                run.append(token)
        if run:
            out.append(run)
        return out

    def noun_like(self, words: Sequence[str]) -> bool:
        """Whether a run of words reads as a noun phrase that can stand as a concept."""
        last, first = words[-1].lower(), words[0].lower()
        if last in GENERIC and len(words) == 1:
            return False
        if all(w.lower() in GENERIC for w in words) or first in ("et", "al"):
            return False
        if (
            any(len(w) < 2 for w in words)
            or words[0][0].isdigit()
            or (len(last) < 3 and not last.isupper() and len(words) == 1)
        ):
            return False
        acronym = words[-1][:-1].isupper() or any(ch.isupper() for ch in words[-1][1:])
        if not acronym:
            if last.endswith("ed") and last not in ED_NOUNS:
                return False
            sure = last.endswith(_SURELY_ADJECTIVE)
            if singular(last) not in ADJECTIVE_NOUNS and (
                sure or (last.endswith(_ADJECTIVE) and frequency(last) > 2.2)
            ):
                return False
        if first.endswith(("ed", "ing")) and len(words) == 1 and first not in NOUN_TOO:
            return False
        if len(words) == 1 and not acronym:
            return frequency(last) < 4.6
        return True
