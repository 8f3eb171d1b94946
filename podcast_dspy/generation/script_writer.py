"""ScriptWriter: a capable LM writes the script of a rundown in the manner of the profile's hosts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from statistics import fmean
from typing import Any

import dspy
import numpy as np

from podcast_dspy.analysis.results import StyleProfile
from podcast_dspy.generation.reading import AT_HAND, PaperReading
from podcast_dspy.generation.rundown import characters_to_read
from podcast_dspy.generation.script import Paragraph
from podcast_dspy.lms import embed
from podcast_dspy.lms.asking import ask, language_fault, neutral
from podcast_dspy.profiles.profile import AggregatedProfile, Conversation
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.signatures.planning import Rundown
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.signatures.writing import SegmentToWrite, WriteDialogue, WriteScript

CHAPTER = 900
"""Words that are written in one go, or half as many more where one call does: an LM hurries towards the end of more."""
_SHOWN = 3
"""Demonstrations that are shown."""
_ENOUGH = 0.5
"""Share of the words asked for below which an answer is no script."""
_MOST = 1.3
"""How much more, or less, than is needed is asked for of an LM that writes less, or more, than it is asked for."""
_MARKS = re.compile(r"[*`#]|__|\[\[|\]\]")
_UNSPOKEN = re.compile(
    r"^\s*(?:[-•]\s+|(?:host|narrator|asker|explainer|speaker(?: \d)?)\s*:\s*)|\[[^\]]*\]"
    r"|\((?:music|pause|laughs?|chuckles?|sighs?|intro|outro|sound|beat)[^)]*\)",
    re.IGNORECASE | re.MULTILINE,
)
"""Bullets, speaker labels and stage directions."""


def spoken(text: str) -> str:
    """An LM's text without what nobody says: headings' marks, bullets, speaker labels, stage directions."""
    return " ".join(_UNSPOKEN.sub(" ", _MARKS.sub("", text)).split())


def numbered(paragraphs: Sequence[Paragraph], *, words: bool = False) -> str:
    """Paragraphs for an LM to read, each behind its number, from 1, and in a dialogue behind who speaks."""
    return "\n\n".join(
        f"[{number}{f', {one.speaker}' if one.speaker else ''}{f', {len(one.text.split())} words' if words else ''}] "
        f"{one.text}"
        for number, one in enumerate(paragraphs, 1)
    )


class ScriptWriter(dspy.Module):  # type: ignore[misc]
    """Writes a script from a rundown: `script` for one voice, `dialogue` for two.

    Their demos are the banks of demonstrations from human hosts, empty before compilation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.script = dspy.Predict(WriteScript)
        self.dialogue = dspy.Predict(WriteDialogue)

    def forward(
        self,
        reading: PaperReading,
        rundown: Rundown,
        style: str,
        words: Sequence[int],
        dialogue: bool = False,
        language: str = "en",
        report: Callable[[int, int], None] = lambda written, segments: None,
    ) -> list[Paragraph]:
        """The script in a language, for one voice or as a `dialogue`; `words` are those of each segment, `report` hears
        of segments written.

        Raises ModelError.
        """
        cited = [name for segment in rundown.segments for name in segment.passages]
        room = min(AT_HAND, characters_to_read())
        if len(reading.text) > room:
            cited += chain.from_iterable(reading.like(_statements(rundown)))
        held = len(reading.text.split())
        predictor = self.dialogue if dialogue else self.script
        script: list[Paragraph] = []
        asked = 0
        for chapter in _chapters(words):
            report(chapter[0], len(words))
            # Who wrote less than was asked for before will do so again.
            written = sum(len(one.text.split()) for one in script)
            factor = min(_MOST, max(1.0 / _MOST, asked / written)) if written else 1.0
            wanted = [
                SegmentToWrite(segment=place + 1, words=round(factor * words[place])) for place in chapter
            ]
            asked += sum(words[place] for place in chapter)
            cited_here = [name for place in chapter for name in rundown.segments[place].passages]
            answer = ask(
                predictor,
                "writer",
                partial(_faults, wanted, min(1.0, held / sum(words)) / factor, language),
                language=language,
                paper=reading.around(cited_here, room, cited),
                rundown=rundown,
                style=style,
                so_far="\n\n".join(f"{one.speaker}: {one.text}" if dialogue else one.text for one in script),
                to_write=wanted,
                demos=self._shown(predictor, rundown, chapter) if language == "en" else [],
            )
            for one in answer.turns if dialogue else answer.paragraphs:
                if text := spoken(one.text):
                    pictures = tuple(spoken(sentence) for sentence in one.illustrations)
                    script.append(
                        Paragraph(one.segment - 1, text, pictures, one.speaker if dialogue else None)
                    )
        return sorted(script, key=lambda one: one.segment)

    @staticmethod
    def _shown(predictor: dspy.Predict, rundown: Rundown, chapter: Sequence[int]) -> list[Any]:
        """Demonstrations: the program's own, and of the hosts' for each purpose of the chapter the nearest one."""
        found: list[Any] = [demo for demo in predictor.demos if "purpose" not in demo][:_SHOWN]
        for place in chapter:
            segment = rundown.segments[place]
            purpose = SegmentType(segment.type).row.purpose
            bank = [demo for demo in predictor.demos if demo.get("purpose") == purpose and demo not in found]
            if bank and len(found) < _SHOWN:
                known = embed([str(demo["paper"]) for demo in bank])
                found.append(bank[int(np.argmax(known @ embed([segment.point])[0]))])
        return found


def _statements(rundown: Rundown) -> list[str]:
    """What a rundown says of a paper beside its segments; it names no passages for these."""
    told = (rundown.first, rundown.mechanism, rundown.surprise, rundown.answer, rundown.limit)
    return [*told, *(f"{one.term}: {one.meaning}" for one in rundown.terms)]


def _chapters(words: Sequence[int]) -> list[list[int]]:
    """Segments that are written together: as many chapters as the length asks for, of about the same length."""
    count = max(1, round(sum(words) / CHAPTER))
    share = sum(words) / count
    chapters: list[list[int]] = []
    done = 0
    for place, length in enumerate(words):
        if not chapters or (done + length / 2 > share * len(chapters) and len(chapters) < count):
            chapters.append([])
        chapters[-1].append(place)
        done += length
    return chapters


def _faults(wanted: Sequence[SegmentToWrite], matter: float, language: str, found: Any) -> list[str]:
    """What makes an answer no script of the segments that were asked for; a paper may have `matter` for less only."""
    dialogue = "turns" in found
    paragraphs = found.turns if dialogue else found.paragraphs
    asked = {segment.segment for segment in wanted}
    given = {one.segment for one in paragraphs if spoken(one.text)}
    faults = []
    if given - asked:
        faults.append(f"segments {_listed(given - asked)} were not asked for")
    if asked - given:
        faults.append(f"segments {_listed(asked - given)} are missing")
    texts = [spoken(one.text) for one in paragraphs]
    length, due = sum(len(text.split()) for text in texts), sum(segment.words for segment in wanted)
    if length < _ENOUGH * matter * due:
        faults.append(f"it has {length} words, and {due} were asked for")
    if texts and texts[-1][-1:] not in tuple(".?!…\"”“»'’)"):
        faults.append("it breaks off")
    if dialogue and len({one.speaker for one in paragraphs}) < 2:
        faults.append("only one of the two speaks")
    return [*faults, *language_fault(texts, language)]


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


_PHRASES = 6
"""Of each kind: enough to hear the voice, few enough not to be copied one after the other."""
_DEFINES = {
    "inline": "explains a term in the sentence that uses it",
    "parenthetical": "explains a term in a few words behind it",
    "before_use": "explains the thing first and names it then",
}
_DEPTHS = {
    "brief": "shows a figure in a sentence or two",
    "moderate": "walks through a figure",
    "detailed": "takes a figure apart, axis by axis",
}
_WORDS = ((0.55, "everyday words"), (0.65, "plain words with some rarer ones"), (1.01, "a rich vocabulary"))
"""By the mean rarity of content words; hosts of the example corpus lie around 0.5."""


_SOUNDS = "How the host sounds"
_UNLEARNED = Conversation(
    explainer_share=0.7,
    explainer_turn_words=90,
    asker_turn_words=30,
    asking_turns=0.45,
    explainer_questions=0.25,
)
"""Of a profile without dialogues: rounded from nine episodes of one show, interviews among them."""


def style_notes(
    profile: AggregatedProfile,
    episode_format: EpisodeFormat = "explainer",
    language: str = "en",
    *,
    figures: bool = True,
) -> str:
    """How the profile's hosts speak, and in a dialogue how they share it, for whoever writes in their manner.

    What they say word for word is English, and left out where another `language` is to be written; how they show
    figures, where none is planned.
    """
    notes = _manner(profile, figures)
    if episode_format == "dialogue":
        notes = f"{_conversation(profile.conversation or _UNLEARNED)}\n{notes}"
    if language != "en":
        notes = "\n".join(line for line in notes.split("\n") if not line.startswith(("- ", _SOUNDS)))
    return notes


def _conversation(shared: Conversation) -> str:
    """Who says how much, and how turns begin."""
    lines = [
        f"Two hosts. The explainer says about {shared.explainer_share:.0%} of the words, mostly "
        f"{shared.explainer_turn_words / 2:.0f} to {shared.explainer_turn_words * 1.5:.0f} a turn; the asker "
        f"{max(3.0, shared.asker_turn_words / 3):.0f} to {shared.asker_turn_words * 1.5:.0f}, and "
        f"{shared.asking_turns:.0%} of the asker's turns hold a question, the others react, guess or sum up. "
        f"{shared.explainer_questions:.0%} of all questions are the explainer's."
    ]
    for who, begins in (("asker", shared.asker_begins), ("explainer", shared.explainer_begins)):
        if begins:
            openings = " / ".join(f"“{neutral(phrase)} ...”" for phrase in begins)
            lines.append(f"- turns of the {who} begin such as {openings}, each of these seldom")
    return "\n".join(lines)


def _manner(profile: AggregatedProfile, figures: bool) -> str:
    styles = list(profile.style_variants.values())
    if not styles:
        return "plain and friendly, to one listener"

    def average(figure: Callable[[StyleProfile], float]) -> float:
        return fmean(figure(style) for style in styles)

    rarity = average(lambda style: style.vocabulary_complexity)
    few, many = profile.target_concepts_per_minute
    lines = [
        f"sentences of about {average(lambda style: style.avg_sentence_length):.0f} words",
        next(name for limit, name in _WORDS if rarity < limit)
        + f", one word in {1 / max(0.01, average(lambda style: style.jargon_density)):.0f} a technical one",
        f"about {average(lambda style: style.questions_per_minute):.1f} questions to the listener a minute",
        _analogies(average(lambda style: style.analogies_per_segment)),
        f"an example for one idea in {1 / max(0.05, average(lambda style: style.example_frequency)):.0f} or more",
        f"{few:.0f} to {many:.0f} of the paper's ideas a minute, each explained",
        *_commonest(styles, lambda style: _DEFINES.get(style.definition_style, "")),
        *(
            _commonest(styles, lambda style: _DEPTHS.get(style.figure_explanation_depth, ""))
            if figures
            else ()
        ),
    ]
    phrases = {
        "opens": (*profile.universal_intro_patterns, *_all(styles, lambda style: style.intro_phrases)),
        "moves on": (
            *profile.universal_transition_patterns,
            *_all(styles, lambda style: style.transition_phrases),
        ),
        "stresses": _all(styles, lambda style: style.emphasis_phrases),
        "shows a figure": (
            *profile.universal_figure_patterns,
            *_all(styles, lambda style: (style.figure_intro_pattern,)),
        ),
        "closes": _all(styles, lambda style: style.conclusion_phrases),
        "is glad": _all(styles, lambda style: style.enthusiasm_markers),
    }
    notes, shown = [], set[str]()
    for when, said in phrases.items():
        # A line that is shown twice is said in every episode.
        fresh = _some(phrase for phrase in said if phrase not in shown)
        shown.update(fresh)
        if fresh and (figures or when != "shows a figure"):
            notes.append(f"- when the host {when}: " + " / ".join(f"“{neutral(phrase)}”" for phrase in fresh))
    manner = [f"{_SOUNDS} (the manner to catch, not lines to repeat; {{…}} stands for a name):", *notes]
    return "\n".join(("The host uses " + "; ".join(lines) + ".", *(manner if notes else ())))


def _analogies(each: float) -> str:
    """Comparisons from daily life, as often as the hosts make them."""
    if each < 0.05:
        return "few pictures"
    return f"a picture from daily life in one segment of {max(1, round(1 / each))}"


def _commonest(styles: Sequence[StyleProfile], said: Callable[[StyleProfile], str]) -> list[str]:
    found = [text for text in map(said, styles) if text]
    return [Counter(found).most_common(1)[0][0]] if found else []


def _all(styles: Iterable[StyleProfile], said: Callable[[StyleProfile], Sequence[str]]) -> tuple[str, ...]:
    """The phrases of all hosts, a turn each, so that no host fills the list."""
    rows = [list(said(style)) for style in styles]
    longest = max(map(len, rows), default=0)
    return tuple(row[place] for place in range(longest) for row in rows if place < len(row))


def _some(phrases: Iterable[str]) -> list[str]:
    # A show's name is nothing that a writer may make up.
    return [one for one in dict.fromkeys(phrases) if one.strip() and "{show}" not in one][:_PHRASES]
