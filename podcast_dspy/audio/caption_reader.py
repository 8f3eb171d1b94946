"""What captions (SubRip, WebVTT, SBV, rolling ones too) and written transcripts say, when, and by whom."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeVar

from podcast_dspy.audio.durations import syllables
from podcast_dspy.audio.transcript import RecognisedWord
from podcast_dspy.audio.word_alignment import word_times_for
from podcast_dspy.text.normalisation import strip_markup
from podcast_dspy.text.words import wordlist

_STAMP: Final = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_TIMES: Final = re.compile(
    rf"^[ \t]*{_STAMP}[ \t]*(?:-{{1,2}}>|→)[ \t]*{_STAMP}(?:[ \t].*)?$|^{_STAMP},{_STAMP}[ \t]*$",
    re.MULTILINE,
)
_LANGUAGE: Final = re.compile(r"^Language:[ \t]*([a-z]{2,3})\b", re.MULTILINE)
_TAG: Final = re.compile(
    rf"<{_STAMP}>|<v(?:\.[^\s>]*)?[ \t]+(?P<voice>[^>]+)>|</?[A-Za-z][^<>]*>"
    r"|\{\\[^{}]*\}|\{/?[A-Za-z](?::[^{}]*)?\}"  # {\an8} is of SubStation Alpha, {y:i} of MicroDVD
)
_ESCAPED_BREAK: Final = re.compile(r"\\[Nnh]|[\u200b\u200e\u200f\u2060\ufeff]")
_TURN: Final = re.compile(r"\s*(?:>>+|[-–—‐](?![\d\s]*\d)(?![-–—‐]))\s*")
"""A dash or ">>" before a line: somebody else speaks."""
_LABEL_WORDS: Final = 5
_FASTEST: Final = 0.09
"""Seconds; nobody speaks more than eleven syllables a second."""
_ROLLS: Final = 0.3
"""Share of the cues that begin with what is on screen already: nearly all in captions that roll, next to none else."""
_GOES_ON: Final = 0.25
"""Share of those that bring something new as well; others say again what was said."""


@dataclass(frozen=True)
class CueWord:
    """A word of a caption."""

    text: str
    at: float | None = None
    """When it is said (s), where the file tells."""
    speaker: str | None = None
    turn: bool = False
    """Whether somebody else begins to speak here, named or not."""


@dataclass(frozen=True)
class Cue:
    """What is shown from one time (s) to another, line by line."""

    start: float
    end: float
    lines: tuple[tuple[CueWord, ...], ...]

    @property
    def words(self) -> list[CueWord]:
        """Those of all lines."""
        return [word for line in self.lines for word in line]


def is_captions(text: str) -> bool:
    """Whether `text` has lines that tell from when to when something is shown."""
    return _TIMES.search(text) is not None


def caption_language(text: str) -> str | None:
    """The language that the head of a WebVTT file names."""
    header = _LANGUAGE.search(text.split("\n\n", 1)[0])
    return header[1] if header else None


def parse_captions(text: str) -> list[RecognisedWord]:
    """The words of SRT, WebVTT or SBV `text`, each once and in order, without markup and sounds.

    Times inside a cue come from its own time marks, else from syllables. Speakers come from voice tags or "Name:"
    before a line, and stay until another is named or a dash says that somebody else speaks.
    """
    return timed(_named(_rolled_out(sorted(_cues(text), key=lambda cue: cue.start))))


def timed(cues: Sequence[Cue]) -> list[RecognisedWord]:
    """The words of cues in the order of their start; where a cue begins, the one before has ended.

    Where that would leave no time to say it, the two overlap in truth, and share their time.
    """
    spans: list[tuple[float, float, list[CueWord]]] = []
    for cue in cues:
        words, start, end = cue.words, cue.start, max(cue.start, cue.end)
        if not words:
            continue
        if spans and spans[-1][1] > start:
            first, last, said = spans.pop()
            if start - first < _FASTEST * sum(syllables(word.text) for word in said):
                words, start, end = [*said, *words], first, max(last, end)
            else:
                spans.append((first, start, said))
        spans.append((start, end, words))
    return [word for span in spans for word in _placed(*span)]


def _placed(start: float, end: float, words: Sequence[CueWord]) -> Iterator[RecognisedWord]:
    """Words with a time of their own keep it; those between share the time between."""
    marks = [(0, start)]
    for place, word in enumerate(words):
        if word.at is not None:
            at = min(max(marks[-1][1], word.at), end)
            marks = [*marks, (place, at)] if place else [(0, at)]
    for (first, begin), (last, stop) in pairwise([*marks, (len(words), end)]):
        part = words[first:last]
        times = word_times_for(" ".join(word.text for word in part), (begin, stop))
        for word, time in zip(part, times, strict=True):
            yield RecognisedWord(word.text, time.start_time, time.end_time, 1.0, word.speaker)


def _cues(text: str) -> Iterator[Cue]:
    web = text.lstrip().startswith("WEBVTT")
    for mark, following in pairwise([*_TIMES.finditer(text), None]):
        assert mark is not None  # only the last is
        body = text[mark.end() : following.start() if following else len(text)].strip("\n").split("\n")
        if web:  # a blank line ends a cue; what follows is a note, or the name of the next
            filled = next((at for at, line in enumerate(body) if line.strip()), 0)
            body = body[
                : next((at for at, line in enumerate(body) if at > filled and not line.strip()), None)
            ]
        elif following and body[-1].strip().isdigit():  # elsewhere only a number stands before the next
            body.pop()
        stamps = mark.groups()[:8] if mark[2] else mark.groups()[8:]
        yield Cue(_seconds(stamps[:4]), _seconds(stamps[4:]), _spoken_lines(body))


def _spoken_lines(body: Sequence[str]) -> tuple[tuple[CueWord, ...], ...]:
    voice: str | None = None
    lines: list[list[CueWord]] = []
    for line in body:
        words, voice = _words(line, voice)
        lines.append(_without_sounds(words))
    kept = {id(word): said for word, said in spoken_only([word for line in lines for word in line], _text)}
    return tuple(
        tuple(replace(word, text=kept[id(word)]) for word in line if id(word) in kept) for line in lines
    )


def _without_sounds(words: Sequence[CueWord]) -> list[CueWord]:
    return [replace(word, text=said) for word, said in spoken_only(words, _text)]


def _text(word: CueWord) -> str:
    return word.text


def _words(line: str, voice: str | None) -> tuple[list[CueWord], str | None]:
    """The words of a line with what its tags say of them, and whose voice it ends in."""
    words: list[CueWord] = []
    at: float | None = None
    inside = False  # a tag does not part a word
    place = 0
    for tag in [*_TAG.finditer(line), None]:
        plain = html.unescape(line[place : tag.start() if tag else len(line)])
        plain = _ESCAPED_BREAK.sub(" ", plain)
        turn = None if words else _TURN.match(plain)
        plain = plain[turn.end() :] if turn else plain
        for number, part in enumerate(plain.split()):
            if number == 0 and inside and not plain[0].isspace():
                words[-1] = replace(words[-1], text=words[-1].text + part)
            else:
                words.append(CueWord(part, at, voice, turn is not None and number == 0))
                at = None
        inside = bool(words) and (not plain[-1].isspace() if plain else inside)
        if tag is not None:
            place = tag.end()
            at = _seconds(tag.groups()[:4]) if tag[2] else at
            voice = html.unescape(tag["voice"]).strip() if tag["voice"] else voice
    return words, voice


def _rolled_out(cues: Sequence[Cue]) -> list[Cue]:
    """Each cue without what the one before has shown already, if the captions roll up or grow word by word."""
    shown = [_repeated(before, cue) for before, cue in pairwise(cues)]
    going_on = sum(0 < old < len(cue.words) for cue, old in zip(cues[1:], shown, strict=True))
    if sum(map(bool, shown)) < _ROLLS * len(shown) or going_on < _GOES_ON * sum(map(bool, shown)):
        return list(cues)
    return [
        *cues[:1],
        *(replace(cue, lines=(tuple(cue.words[old:]),)) for cue, old in zip(cues[1:], shown, strict=True)),
    ]


def _repeated(before: Cue, cue: Cue) -> int:
    """How many words at the beginning of `cue` the end of `before` shows too: whole lines, or all of it."""
    old, new = [word.text for word in before.words], [word.text for word in cue.words]
    line = next((len(line) for line in cue.lines if line), 0)
    for count in range(min(len(old), len(new)), 0, -1):
        if (count >= line or count == len(old)) and old[-count:] == new[:count]:
            return count
    return 0


def _named(cues: Sequence[Cue]) -> list[Cue]:
    """Cues whose words have speakers; the labels of lines are taken out."""
    found = [{_label(line) for line in cue.lines} - {""} for cue in cues]
    counts = Counter(name for names in found for name in names)
    labelled = sum(map(bool, found))
    names = set(counts)
    if 2 * labelled < sum(1 for cue in cues if cue.words):
        # named only where the speaker changes: a word with a colon that comes once is something said
        names = {name for name in names if counts[name] > 1}
        names = names if len(names) > 1 or (found and found[0] & names) else set()
    speaker: str | None = None
    named = []
    for cue in cues:
        lines = []
        for line in cue.lines:
            label = _label(line)
            if label and label in names:
                speaker, line = label, line[_label_length(line) :]
            elif line and line[0].turn:
                speaker = line[0].speaker
            words = []
            for word in line:
                speaker = word.speaker or speaker
                words.append(replace(word, speaker=speaker))
            lines.append(tuple(words))
        named.append(replace(cue, lines=tuple(lines)))
    return named


def _label_length(line: Sequence[CueWord]) -> int:
    """Number of words that name a speaker in front of `line`, up to the colon; 0 if none do."""
    particles = wordlist("name_particles") | {""}
    for place, word in enumerate(line[:_LABEL_WORDS]):
        text = word.text.strip("[]()*")
        like_a_name = text[:1].isalnum() and not text[:1].islower()
        if not like_a_name and not word.text.startswith("(") and text.rstrip(":") not in particles:
            return 0
        if word.text.endswith(":"):
            return place + 1
    return 0


def _label(line: Sequence[CueWord]) -> str:
    return " ".join(word.text for word in line[: _label_length(line)]).rstrip(":").strip("[]* ")


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction or 0}")


T = TypeVar("T")

_SOUND: Final = (
    r"music|jingle|laugh|chuckl|giggl|applau|clap|cheer|sigh|cough|sneez|sniff|gasp|groan|breath|throat|whisper|whistl"
    r"|hum(?:s|ming)?\b|sing(?:s|ing)\b|song|noise|sounds?\b|beep|ring(?:s|ing)\b|silence|pause|crosstalk|cross talk"
    r"|overlapping|inaudible|indistinct|unintelligible|unclear|foreign language|bleep|slam|knock|clicking|typing"
)
"""Stems of the sounds that captioning guides tell to write in brackets."""
_NOTE: Final = re.compile(
    r"\[[^\[\]]{0,80}\](?!:)"  # square brackets are the captioner's, unless they name who speaks
    rf"|\((?i:(?=[^()]*\b(?:{_SOUND})))[^()]{{1,40}}\)"
    rf"|\*(?i:(?=[^*]*\b(?:{_SOUND})))[^*]{{1,40}}\*"
    r"|^\W*\([^()a-z]*[A-Z]{3}[^()a-z]*\)"  # (SINGING) in front of what is sung
    r"|^\s*\([^()]*\)\s*$"  # a line wholly in brackets; an aside inside a sentence is spoken
    r"|[♪♫♬♩🎵🎶]|(?:^|(?<=\s))#(?=\s|$)"
)


def spoken_only(words: Sequence[T], text: Callable[[T], str]) -> list[tuple[T, str]]:
    """Those of the `words` of a line that are said, each with what is said of its `text`.

    "[Music]", "(audience laughs)", "*sighs*" and "♪" are not.
    """
    line, starts = "", []
    for word in words:
        starts.append(len(line))
        line += text(word) + " "
    silent = bytearray(len(line))
    for found in _NOTE.finditer(line.rstrip()):
        silent[found.start() : found.end()] = b"\1" * (found.end() - found.start())
    said = []
    for word, start in zip(words, starts, strict=True):
        letters = enumerate(text(word), start)
        kept = "".join(letter for place, letter in letters if not silent[place])
        if any(letter.isalnum() for letter in kept) or kept == text(word):
            said.append((word, kept))
    return said


_HEADING: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t].*|(?:[-*_=][ \t]*){3,})$", re.MULTILINE)
"""Headings, and rules between parts."""
_CLOCK: Final = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?"
_TIME: Final = re.compile(rf"[\[(]{_CLOCK}[\])]|^[ \t]*{_CLOCK}(?=[ \t]*$|[ \t]{{2}})", re.MULTILINE)
_HEAD: Final = re.compile(
    rf"^[ \t]*(\S[^\n:.?!]{{0,60}}?)(?:[ \t]{{2,}}|\t|[ \t]+[|·•-][ \t]+){_CLOCK}[ \t]*$"
)
"""A line that names who speaks and when, above what they say."""
_TAGGED: Final = re.compile(r"<(Person ?\d+|Speaker ?\d+)>[ \t]*", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"^[ \t]*(?:\d{1,3}[.)][ \t]*)?[*_]*[\[(]?"
    r"(?P<name>[^\W\d_][\w.'’-]*(?:[ \t][\w.'’-]+){0,3})"
    r"[\])]?[*_]*(?:[ \t]*\([^)\n]{0,30}\))?[*_]*:[*_]*(?=\s|$)"
)


def spoken_words(text: str) -> list[tuple[str, str | None]]:
    """(word, speaker) of everything that `text` says was said; headings, time marks and labels are not.

    A line that begins with "Name:", "**Name:**" or "[Name]:" is a label when the name begins at least two lines, so
    that "Remember: ..." stays what somebody said. Lines without a label go on with the speaker before them.
    """
    text = _TAGGED.sub(r"\n\1: ", _TIME.sub(" ", _HEADING.sub("", text.replace("\r\n", "\n"))))
    lines = text.split("\n")
    labels = [_LABEL.match(line) for line in lines]
    counts = Counter(label["name"].lower() for label in labels if label)
    words: list[tuple[str, str | None]] = []
    speaker: str | None = None
    for line, label in zip(lines, labels, strict=True):
        if head := _HEAD.match(line):
            speaker, line = head[1], ""
        if label and counts[label["name"].lower()] > 1:
            speaker, line = label["name"], line[label.end() :]
        words += [(said, speaker) for _, said in spoken_only(strip_markup(line).split(), str)]
    return words
