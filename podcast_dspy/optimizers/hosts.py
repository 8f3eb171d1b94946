"""What hosts and people's labels teach: demonstrations for the writer and for the analyst, with the pair of each."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

import dspy

from podcast_dspy.analysis.analyst import PHRASES, Outline, faults_of, window_inputs
from podcast_dspy.analysis.grounding import Support, ground
from podcast_dspy.analysis.measurement import verbatim
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.phrases import identities
from podcast_dspy.analysis.segmentation import covering, stretches_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.lms.asking import neutral
from podcast_dspy.optimizers.classification import SEGMENTS, excerpt
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.profile import explainer_of
from podcast_dspy.signatures.analysing import HostStyle, SpokenSegment
from podcast_dspy.signatures.types import SegmentType, parse_type
from podcast_dspy.text.entities import rare_words, supported_number
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import frequency, split_sentences

_LABELLED = 3
"""Pairs whose labels are shown: a prompt has all of them."""
_NOT_SHOWN = frozenset({SegmentType.TRANSITION, SegmentType.TANGENT})
_BANK = 480
"""Demonstrations of all pairs: each rollout copies and searches them, and the profile carries them."""
_SEGMENT_WORDS = 25
"""Shorter segments are connectives."""
_PASSAGES = 4
_KEPT = 0.75
"""Share of a segment that has to stay: with more than one sentence in four gone it loses its thread."""
_EXCHANGE = 160
"""Words from which an exchange of a dialogue is long enough to show how its hosts talk."""


def segment_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """The hosts' segments with the passages behind them, for LMs that write scripts.

    An example carries `pair_id`, so that a rollout on a training pair never sees that pair's own words.

    A demonstration is a model answer, so only what is right may stand in it: what a host says of the show and
    of people is left out, as is every sentence with a number that its passages lack or a name that its paper
    lacks, against which the paper speaks, or with a word that neither the paper nor the language knows, which
    is how recognition errors look. What is left between two such sentences stays, the longest stretch of it, and the
    paper has to carry more than half of the claims. Dialogues are shown as such (`dialogue_demonstrations`).
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        graph = pair.document_graph
        names = identities(pair.transcription.transcript_text)
        for segment in pair.aligned_segments or ():
            if segment.segment_type in _NOT_SHOWN or pair.format == "dialogue":
                continue
            spoken = [(True, sentence) for sentence in split_sentences(segment.transcript_segment.text)]
            passages, runs = _unbroken(spoken, segment.primary_atoms, graph, names)
            run = max(runs, key=_words_of, default=[])
            length = _words_of(run)
            if length < max(_SEGMENT_WORDS, _KEPT * sum(len(one.split()) for _, one in spoken)):
                continue
            text = " ".join(support.sentence for _, support in run)
            pictures = [support.sentence for _, support in run if support.kind == "neutral"]
            bank.append(
                dspy.Example(
                    **_asked(segment.segment_type, graph, passages, length),
                    paragraphs=[{"segment": 1, "text": text, "illustrations": pictures}],
                    pair_id=pair.pair_id,
                )
            )
    return _taken_in_turn(bank)


def dialogue_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """What the two hosts of dialogues say to each other, turn by turn, with the passages behind it.

    The explainer is who says most of the episode. An exchange ends where something is said that may not stand in a
    demonstration, and is one of the bank if both speak in it. With `pair_id` as above.
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        if pair.format != "dialogue":
            continue
        graph = pair.document_graph
        names = identities(pair.transcription.transcript_text)
        explains = explainer_of(pair.transcription.segments)
        for stretch in stretches_of(pair.aligned_segments or ()):
            if stretch.segment_type in _NOT_SHOWN:
                continue
            spoken = [
                (one.transcript_segment.speaker == explains, sentence)
                for one in stretch.segments
                for sentence in split_sentences(one.transcript_segment.text)
            ]
            atoms = [atom for one in stretch.segments for atom in one.primary_atoms]
            passages, runs = _unbroken(spoken, list(dict.fromkeys(atoms)), graph, names, _EXCHANGE)
            for run in runs:
                turns = [
                    (who, [support for _, support in said])
                    for who, said in groupby(run, key=lambda one: one[0])
                ]
                length = _words_of(run)
                if len(turns) < 2 or length < _SEGMENT_WORDS:
                    continue
                bank.append(
                    dspy.Example(
                        **_asked(stretch.segment_type, graph, passages, length),
                        turns=[
                            {
                                "segment": 1,
                                "text": " ".join(support.sentence for support in said),
                                "illustrations": [one.sentence for one in said if one.kind == "neutral"],
                                "speaker": "explainer" if who else "asker",
                            }
                            for who, said in turns
                        ],
                        pair_id=pair.pair_id,
                    )
                )
    return _taken_in_turn(bank)


Run = list[tuple[bool, Support]]
"""Sentences that follow each other: whether the explainer says it, and what the paper says to it."""


def _words_of(run: Run) -> int:
    return sum(len(support.sentence.split()) for _, support in run)


def _asked(kind: SegmentType, graph: DocumentGraph, passages: Sequence[str], words: int) -> dict[str, Any]:
    """What is asked for in a demonstration of a segment of so many words."""
    paper = "\n".join(f"[p{number}] {passage}" for number, passage in enumerate(passages, 1))
    return {
        "purpose": kind.row.purpose,
        "paper": f"<paper>\n{graph.title}\n\n{paper}\n</paper>",
        "to_write": [{"segment": 1, "words": words}],
    }


def _unbroken(
    spoken: Sequence[tuple[bool, str]],
    atoms: Sequence[str],
    graph: DocumentGraph,
    names: Collection[str],
    longest: float = math.inf,
) -> tuple[list[str], list[Run]]:
    """The passages behind what is said, and what may stand in a demonstration, in runs without a hole: with a sentence
    gone in its midst, what follows points to nothing. A run ends with the turn in which it has `longest` words."""
    fit = [sentence for _, sentence in spoken if not any(name in sentence for name in names)]
    passages, right = _carried(fit, atoms[:_PASSAGES], graph)
    known = {support.sentence: support for support in right}
    runs: list[Run] = [[]]
    for who, sentence in spoken:
        full = runs[-1] and _words_of(runs[-1]) >= longest and runs[-1][-1][0] != who
        if sentence not in known or full:
            runs.append([])
        if sentence in known:
            runs[-1].append((who, known[sentence]))
    return passages, [run for run in runs if run]


def _taken_in_turn(bank: list[dspy.Example]) -> list[dspy.Example]:
    """The bank, or of a large one as many as are carried along, from each pair in turn."""
    if len(bank) <= _BANK:
        return bank
    rows: dict[str, list[dspy.Example]] = {}
    for demo in bank:
        rows.setdefault(demo.pair_id, []).append(demo)
    longest = max(map(len, rows.values()))
    turns = [row[place] for place in range(longest) for row in rows.values() if place < len(row)]
    return turns[:_BANK]


def _carried(
    spoken: Sequence[str], atoms: Sequence[str], graph: DocumentGraph
) -> tuple[list[str], list[Support]]:
    """The passages behind a host's sentences, and those sentences in which nothing is wrong.

    Neither where the paper carries too little of them.
    """
    known = paper_index(graph).vocabulary
    right = [
        support
        for support in ground(spoken, graph)
        if not (
            support.unsupported_numbers
            or support.contradicted_numbers
            or support.unsupported_entities
            or support.contradictions
            or any(
                not known.knows(word) and frequency(word.lower()) == 0.0
                for word in rare_words(support.sentence)
            )
        )
    ]
    claims = [support for support in right if support.kind == "claim"]
    if 2 * sum(support.supported for support in claims) <= len(claims):
        return [], []
    wanted = {*atoms, *(atom for support in claims for atom in support.atom_ids[:1])}
    passages = [
        neutral(f"{atom.caption or ''} {atom.content}").strip()
        for atom in graph.atoms
        if atom.atom_id in wanted
    ]
    held = numbers("\n".join(passages), lenient=True)
    return passages, [
        support
        for support in right
        if all(supported_number(number, held) for number in numbers(support.sentence))
    ]


def label_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """For some labelled pairs the beginning of what a person labelled, as a capable LM should have read it.

    Boundaries and types are the person's, links and phrases those of the analysis. With `pair_id`, so that a pair is
    never read with its own labels before one's eyes.
    """
    found = []
    for pair in pairs:
        sentences, outline = pair.transcription.segments, Outline.of(pair.document_graph)
        if not (segments := _labelled_segments(pair, outline)):
            continue
        inputs, outputs = excerpt(
            window_inputs(sentences, range(segments[0].first - 1, segments[-1].last), outline),
            {
                "segments": [one.model_dump(mode="json") for one in segments],
                "style": _style(pair).model_dump(),
            },
        )
        answer = dspy.Prediction(
            segments=SEGMENTS.validate_python(outputs["segments"]),
            style=HostStyle.model_validate(outputs["style"]),
        )
        shown = range(segments[0].first - 1, answer.segments[-1].last)
        if not list(faults_of(answer, sentences, shown, outline)):
            found.append(dspy.Example(**inputs, **outputs, pair_id=pair.pair_id))
        if len(found) == _LABELLED:
            break
    return found


def _labelled_segments(pair: TrainingPair, outline: Outline) -> list[SpokenSegment]:
    """A person's segments from the first label to the first sentence without one."""
    sentences = pair.transcription.segments
    spans = covering(sentences, pair.labels)
    begin = next((place for place, span in enumerate(spans) if span is not None), len(spans))
    found = []
    for span, run in groupby(range(begin, len(spans)), key=spans.__getitem__):
        if span is None:
            break
        places = list(run)
        first, last = sentences[places[0]], sentences[places[-1]]
        text = " ".join(sentences[place].text for place in places)
        within = [
            one
            for one in pair.aligned_segments or ()
            if first.start_time <= one.transcript_segment.start_time < last.end_time
        ]
        atoms = [atom for one in within for atom in one.primary_atoms[:1]]
        sections = [[name for name, held in outline.sections.items() if atom in held][-1:] for atom in atoms]
        shown = {atom for one in within for atom in one.referenced_figures}
        concepts = {name for one in within for name in one.key_concepts}
        found.append(
            SpokenSegment(
                first=places[0] + 1,
                last=places[-1] + 1,
                type=parse_type(pair.labels[span].segment_type).value,
                sections=list(dict.fromkeys(name for names in sections for name in names)),
                figures=[name for name, atom in outline.figures.items() if atom in shown],
                concepts=[name for name in outline.terms if name in concepts],
                analogies=list(verbatim([q for one in within for q in one.analogies_used], text)),
                questions=list(verbatim([q for one in within for q in one.questions_asked], text)),
            )
        )
    return found


def _style(pair: TrainingPair) -> HostStyle:
    style = pair.style_profile
    phrases = {name: list(getattr(style, name, ())) for name in PHRASES if name != "figure_phrases"}
    return HostStyle(
        **phrases,
        figure_phrases=[style.figure_intro_pattern] if style and style.figure_intro_pattern else [],
        definition_style=style.definition_style if style else "none",
        figure_explanation_depth=style.figure_explanation_depth if style else "none",
    )
