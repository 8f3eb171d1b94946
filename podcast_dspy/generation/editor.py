"""Editor: hears a script as a listener, holds its claims against the paper, and has what fails rewritten in place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import dspy

from podcast_dspy.analysis.grounding import can_judge, judge_sentences
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError
from podcast_dspy.generation.pacing import Note, Notes, Pace, length_notes
from podcast_dspy.generation.reading import AT_HAND, PaperReading
from podcast_dspy.generation.reviewing import (
    FAILS,
    Claim,
    Review,
    claims_of,
    evidence,
    nearest_passages,
    orphaned,
    passages_of,
    spoken_claims,
    unkept,
)
from podcast_dspy.generation.rundown import characters_to_read
from podcast_dspy.generation.script import Paragraph
from podcast_dspy.generation.script_writer import numbered, spoken
from podcast_dspy.lms.asking import ask, language_fault, side_by_side
from podcast_dspy.signatures.editing import CheckClaims, ListenToScript, ReviseScript
from podcast_dspy.signatures.planning import Rundown
from podcast_dspy.text.entities import supported_number
from podcast_dspy.text.numbers import numbers

_ROUNDS = 3
"""Rewritings: by all notes, by what then still fails, and at last of what the paper does not carry and of a length that
is still far off."""
CLAIMS = 100
"""Sentences that are checked in one go."""


@dataclass(frozen=True)
class Assignment:
    """What an episode is made from and for."""

    graph: DocumentGraph
    reading: PaperReading
    rundown: Rundown
    style: str
    pace: Pace
    seconds: float
    """Length of the episode."""
    language: str = "en"
    """What it is in."""

    @property
    def measured(self) -> bool:
        """Whether the measured check can read both the episode and the paper."""
        return can_judge(self.language, self.graph)


@dataclass
class Edited:
    """A script that was edited, and what had to go."""

    paragraphs: list[Paragraph]
    rejected: list[str] = field(default_factory=list)
    """Each sentence that failed, or that nobody could follow, with the reason."""
    disputed: list[str] = field(default_factory=list)
    """Sentences that stand although one of the two checks is against them."""
    unkept: list[str] = field(default_factory=list)
    """What the plan promised and the script does not tell."""
    carried: int = 0
    """Sentences that the paper carries."""

    @property
    def pictures(self) -> frozenset[str]:
        """Sentences that only picture something, as their writer says."""
        return frozenset(sentence for one in self.paragraphs for sentence in one.illustrations)


class Editor(dspy.Module):  # type: ignore[misc]
    """Edits a script: listens, checks, and rewrites only what fails, with the whole draft in view."""

    def __init__(self) -> None:
        super().__init__()
        self.listen = dspy.Predict(ListenToScript)
        self.check = dspy.Predict(CheckClaims)
        self.revise = dspy.Predict(ReviseScript)

    def forward(
        self,
        paragraphs: Sequence[Paragraph],
        task: Assignment,
        report: Callable[[str], None] = lambda step: None,
    ) -> Edited:
        """The edited script, within a few per cent of its length. Raises ModelError."""
        edited, review = Edited(list(paragraphs)), Review(task.measured)
        report("checking")
        heard, found = side_by_side(
            [
                partial(self._heard, edited.paragraphs, task),
                partial(self._checked, edited, task, range(len(edited.paragraphs)), review),
            ]
        )
        edited.rejected += [f"{note.text} (listener)" for lines in heard.values() for note in lines]
        notes = _joined(found, heard, self._unkept(edited, task))
        spared = _dear(edited, task)
        for round_number in range(_ROUNDS):
            # The last round mends no small distance beside other edits: nothing would be left to mend those.
            beside = notes if round_number < _ROUNDS - 1 else {}
            lengths = length_notes(edited.paragraphs, task.rundown, task.pace, task.seconds, beside, spared)
            notes = _joined(notes, lengths)
            if all(note.slight for lines in notes.values() for note in lines):
                break
            spared |= {place for place, lines in notes.items() if any(note.adds for note in lines)}
            report("editing")
            before = list(edited.paragraphs)
            changed = self._revised(edited, task, notes, review)
            notes = self._checked(edited, task, sorted({*notes, *changed}), review)
            if not changed:
                break
            if round_number == 0:
                left = orphaned(edited.paragraphs, before) if task.language == "en" else {}
                notes = _joined(notes, self._unkept(edited, task), left)
        self._cut(edited, review)
        _finish(edited, task)
        edited.carried = sum(
            review.verdicts.get((place, sentence)) == "supported"
            for place, one in enumerate(edited.paragraphs)
            for sentence in one.sentences
        )
        return edited

    def fit(self, paragraphs: Sequence[Paragraph], task: Assignment, disputed: Sequence[str] = ()) -> Edited:
        """The script, of which some sentences are `disputed`, brought to its length by local edits alone, which are
        checked. Raises ModelError."""
        notes = length_notes(paragraphs, task.rundown, task.pace, task.seconds)
        if notes:
            return self.rewrite(paragraphs, task, notes, disputed)
        edited = Edited(list(paragraphs), disputed=list(disputed))
        _finish(edited, task)
        return edited

    def rewrite(
        self, paragraphs: Sequence[Paragraph], task: Assignment, notes: Notes, disputed: Sequence[str] = ()
    ) -> Edited:
        """The script, of which some sentences are `disputed`, with some paragraphs rewritten by notes.

        Raises ModelError. What the paper does not carry of them is mended once more, and then cut.
        """
        edited, review = Edited(list(paragraphs), disputed=list(disputed)), Review(task.measured)
        changed = self._revised(edited, task, notes, review)
        if found := self._checked(edited, task, changed, review):
            self._revised(edited, task, found, review)
            self._checked(edited, task, sorted(found), review)
        self._cut(edited, review)
        _finish(edited, task)
        return edited

    def _heard(self, paragraphs: Sequence[Paragraph], task: Assignment) -> Notes:
        """Where a listener gets lost."""
        rundown = task.rundown

        def faults(found: Any) -> list[str]:
            places = range(1, len(paragraphs) + 1)
            odd = [str(note.paragraph) for note in found.notes if note.paragraph not in places]
            return [f"there is no paragraph {', '.join(odd)}"] if odd else []

        answer = ask(
            self.listen,
            "listener",
            faults,
            language=task.language,
            script=numbered(paragraphs),
            promised=[rundown.idea, rundown.answer, rundown.limit],
        )
        notes: Notes = defaultdict(list)
        for note in answer.notes:
            quote = f" “{note.quote.strip()}”:" if note.quote.strip() else ":"
            said = f"{note.trouble}{quote} {note.mend}"
            notes[note.paragraph - 1].append(Note(said, adds=note.adds))
        return dict(notes)

    @staticmethod
    def _unkept(edited: Edited, task: Assignment) -> Notes:
        """What the plan promised and the script does not tell, in the one language in which that can be looked for."""
        return unkept(edited.paragraphs, task.rundown) if task.language == "en" else {}

    def _checked(self, edited: Edited, task: Assignment, places: Sequence[int], review: Review) -> Notes:
        """The sentences of some paragraphs that the paper does not carry, with the reasons; all verdicts are noted."""
        wanted = [
            claim
            for claim in claims_of(edited.paragraphs, task.graph)
            if claim.place in places and review.open(claim.place, claim.judged.sentence)
        ]
        near = nearest_passages([claim.judged for claim in wanted], task.reading)
        wanted = [replace(claim, near=names) for claim, names in zip(wanted, near, strict=True)]
        stretches = list(_stretches(task, wanted))
        answers = side_by_side([partial(self._judged, edited, task, one, review) for one in stretches])
        notes: Notes = defaultdict(list)
        for claim, (verdict, reason) in zip(wanted, [one for rows in answers for one in rows], strict=True):
            sentence, measured = claim.judged.sentence, claim.judged
            review.verdicts[claim.place, sentence] = verdict
            if task.measured and measured.verdict == "supported":
                review.held.add((claim.place, sentence))
            if verdict in FAILS:
                why = f"“{sentence}” is {_SAID[verdict]}: {reason or (measured.reason if task.measured else '')}"
                notes[claim.place].append(Note(why))
                edited.rejected.append(why)
            elif (
                task.measured
                and measured.verdict in ("contradicted", "unsupported")
                # A paraphrase has none of the paper's words, and a picture that both take for one needs no source.
                and not (verdict == "supported" and measured.unlike)
                and not (verdict == "illustration" and sentence in edited.pictures)
            ):
                edited.disputed.append(f"“{sentence}”: {measured.reason}")
        review.keep_sound(edited.paragraphs, places)
        return dict(notes)

    def _judged(
        self, edited: Edited, task: Assignment, stretch: Sequence[Claim], review: Review
    ) -> list[tuple[str, str]]:
        """Verdict and reason for each sentence of a stretch; what none of the passages carries is held once more
        against those that say most nearly the same."""
        shown = evidence(stretch, edited.paragraphs, task.rundown, task.reading, review, characters_to_read())
        if not task.measured and len(task.reading.text) <= AT_HAND:
            shown = list(task.reading.passages)  # what is nearest is found by English words
        verdicts = self._verdicts(edited, task, stretch, shown)
        lost = [place for place, (verdict, _) in enumerate(verdicts) if verdict == "no source"]
        alike = task.reading.like([stretch[place].judged.sentence for place in lost], _MORE)
        names = list(dict.fromkeys(name for row in alike for name in row))
        if set(names) - set(shown):
            again = self._verdicts(edited, task, [stretch[place] for place in lost], names)
            for place, found in zip(lost, again, strict=True):
                verdicts[place] = found
        return verdicts

    def _verdicts(
        self, edited: Edited, task: Assignment, stretch: Sequence[Claim], shown: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Verdict and reason for each sentence of a stretch, by the passages that are shown with it."""
        told = [replace(one, near=tuple(name for name in one.near if name in shown)) for one in stretch]
        claims = spoken_claims(told, edited.pictures, measured=task.measured)

        def faults(found: Any) -> list[str]:
            given = [verdict.number for verdict in found.verdicts]
            missing = [str(claim.number) for claim in claims if claim.number not in given]
            return [f"sentences {', '.join(missing)} have no verdict"] if missing else []

        answer = ask(
            self.check,
            "reviewer",
            faults,
            language=task.language,
            paper_title=task.reading.about,
            passages=passages_of(task.reading, shown),
            sentences=claims,
        )
        found = {verdict.number: (verdict.verdict, verdict.reason.strip()) for verdict in answer.verdicts}
        return [found[claim.number] for claim in claims]

    def _revised(self, edited: Edited, task: Assignment, notes: Notes, review: Review) -> list[int]:
        """Rewrite the paragraphs that notes are about; gives the places of those that changed."""
        asked = [
            text
            for lines in notes.values()
            for note in lines
            for text in ([note.text] if note.adds else _QUOTED.findall(note.text))
        ]
        judged = judge_sentences("\n\n".join(asked), task.graph)
        near = dict.fromkeys(name for names in nearest_passages(judged, task.reading) for name in names)
        for place, lines in notes.items():
            told = [note.text for note in lines if note.facts]
            named = (name for name in _ID.findall(" ".join(told)) if name in task.reading.passages)
            alike = (name for names in task.reading.like(told, _ALIKE) for name in names)
            review.edited_by[place] = [*review.edited_by.get(place, ()), *named, *alike]
            near |= dict.fromkeys(review.edited_by[place])
        factual = [place for place, lines in notes.items() if any(note.facts for note in lines)]
        script = numbered(edited.paragraphs, words=True)
        shown = passages_of(
            task.reading,
            [*near, *sorted(_planned(edited, task, factual))],
            characters_to_read() - len(script),
        )
        answer = ask(
            self.revise,
            "editor",
            lambda found: _revision_faults(found.revised, notes, task.language),
            language=task.language,
            script=script,
            notes=[f"Paragraph {place + 1}: {note.text}" for place in sorted(notes) for note in notes[place]],
            points={
                place + 1: task.rundown.segments[edited.paragraphs[place].segment].point
                for place in sorted(notes)
            },
            passages=shown,
            style=task.style,
        )
        changed = []
        for one in answer.revised:
            place = one.paragraph - 1
            text = spoken(one.text)
            # What comes too late may have to be said before.
            if {place, place + 1} & notes.keys() and text != edited.paragraphs[place].text:
                pictures = tuple(spoken(sentence) for sentence in one.illustrations)
                edited.paragraphs[place] = replace(
                    edited.paragraphs[place], text=text, illustrations=pictures
                )
                changed.append(place)
        return changed

    def _cut(self, edited: Edited, review: Review) -> None:
        """The last resort: what still fails goes, and where the two checks do not agree the episode says so."""
        edited.paragraphs = [review.mended(place, one) for place, one in enumerate(edited.paragraphs)]
        if not any(one.text for one in edited.paragraphs):
            raise ModelError(
                "nothing of what the model wrote is carried by the paper; run it again or use a more capable model"
            )
        edited.disputed += [
            f"“{sentence}”: the model found nothing that says so, the measured check did"
            for place, one in enumerate(edited.paragraphs)
            for sentence in one.sentences
            if review.verdicts.get((place, sentence)) in FAILS
        ]


_ALIKE, _MORE = 2, 6
"""Passages that say most nearly what a note is about, and those that a sentence without a source is held against once
more."""
_ID = re.compile(r"\b[pft]\d+\b")
"""How a reason names a passage."""
_QUOTED = re.compile(r"“([^”]+)” is ")
_SAID = {"contradicted": "contradicted by the paper", "no source": "not found in the paper"}


def _stretches(task: Assignment, wanted: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Sentences that are checked together: as many as the LM can read with the passages nearest to them, in parts of
    one size."""
    size = -(-len(wanted) // -(-len(wanted) // CLAIMS)) if wanted else 1
    room, texts = characters_to_read(), task.reading.passages
    stretch: list[Claim] = []
    for claim in wanted:
        shown = {name for one in (*stretch, claim) for name in one.near}
        if stretch and (len(stretch) == size or sum(len(texts[name]) for name in shown) > room):
            yield stretch
            stretch = []
        stretch.append(claim)
    if stretch:
        yield stretch


def _dear(edited: Edited, task: Assignment) -> set[int]:
    """Where nothing is to be taken for the length: the last words, and what gives a number that has to be heard."""
    told = [numbers(one.text) for one in edited.paragraphs]
    wanted = numbers(" ; ".join(task.rundown.numbers))
    giving = {place for place, own in enumerate(told) if any(supported_number(one, wanted) for one in own)}
    return giving | {len(told) - 1}


def _planned(edited: Edited, task: Assignment, places: Collection[int]) -> set[str]:
    """The passages that the rundown names for the segments of some paragraphs."""
    segments = {edited.paragraphs[place].segment for place in places}
    return {name for segment in segments for name in task.rundown.segments[segment].passages}


def _finish(edited: Edited, task: Assignment) -> None:
    """Leave out what is no longer there, and say what is still missing."""
    edited.paragraphs = [one for one in edited.paragraphs if one.text]
    said = " ".join(one.text for one in edited.paragraphs)
    edited.disputed = [line for line in edited.disputed if line.partition("”")[0].strip("“") in said]
    edited.unkept = [note.text for notes in Editor._unkept(edited, task).values() for note in notes]


def _joined(*several: Mapping[int, Sequence[Note]]) -> Notes:
    """All notes of each paragraph, each once."""
    places = sorted({place for notes in several for place in notes})
    return {
        place: list(dict.fromkeys(note for notes in several for note in notes.get(place, ())))
        for place in places
    }


def _revision_faults(revised: Sequence[Any], notes: Notes, language: str) -> list[str]:
    given = {one.paragraph - 1 for one in revised}
    missing = [str(place + 1) for place in sorted(notes) if place not in given]
    faults = [f"paragraphs {', '.join(missing)} are missing"] if missing else []
    return [*faults, *language_fault([spoken(one.text) for one in revised], language)]
