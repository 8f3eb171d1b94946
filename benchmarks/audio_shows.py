"""The audio benchmarks on whole shows: who speaks, and where topics begin."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from analysis_outside import cues
from analysis_tables import distance
from audio_common import matched, say, table

from podcast_dspy.analysis import compile_classifier
from podcast_dspy.analysis.segmentation import TypedSentence, merge_sentences
from podcast_dspy.audio import TranscriptionResult, TranscriptSegment, transcribe

SHOWS = {
    "ring-attention de": ("pairs/ring-attention/podcast.de.mp3", "pairs/ring-attention/turns.de.json"),
    "ring-attention fr": ("pairs/ring-attention/podcast.fr.mp3", "pairs/ring-attention/turns.fr.json"),
    "ring-attention it": ("pairs/ring-attention/podcast.it.mp3", "pairs/ring-attention/turns.it.json"),
    "assistants": ("speech/tts-podcasts/assistants.mp3", "speech/tts-podcasts/assistants.script.txt"),
    "podcast-history": (
        "speech/tts-podcasts/podcast-history.mp3",
        "speech/tts-podcasts/podcast-history.script.txt",
    ),
    "podcast-how": ("speech/tts-podcasts/podcast-how.mp3", "speech/tts-podcasts/podcast-how.script.txt"),
    "ukiyo-e": ("speech/tts-podcasts/ukiyo-e.mp3", "speech/tts-podcasts/ukiyo-e.script.txt"),
    "readme-a": ("pairs/podcastfy-weak/readme-a.mp3", "pairs/podcastfy-weak/readme-a.script.txt"),
    "readme-b": ("pairs/podcastfy-weak/readme-b.mp3", "pairs/podcastfy-weak/readme-b.script.txt"),
}
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "pairs"


@lru_cache(maxsize=20)
def heard_show(path: Path) -> TranscriptionResult:
    """A show as it is transcribed; the language of one that is not English stands in its name."""
    language = path.stem.split(".")[-1] if "." in path.stem else "en"
    if language == "en":
        return transcribe(path)
    return transcribe(path, stt="embedded:multilingual", language=language)


def speakers_part(speech: Path, _: list[str]) -> None:
    """Who speaks: error on shows of two hosts, and silence on shows of one."""
    data = speech.parent
    say(
        "Error: share of the time of words whose sentence got the other host, under the better of the two namings."
    )
    say(
        "Gold: turn times (+-0.5 s) or the script aligned to the words. All one: the error of giving every word to"
    )
    say("the host who speaks most. Single hosts: the example corpus, which must get no labels.\n")
    rows: list[tuple[Any, ...]] = []
    for name, (sound, gold) in SHOWS.items():
        result = heard_show(data / sound)
        owners = (
            turn_owners(data / gold, result) if gold.endswith(".json") else script_owners(data / gold, result)
        )
        rows.append((name, len(result.segments), *speaker_error(result, owners)))
    for folder in sorted(EXAMPLES.iterdir()):
        result = heard_show(folder / "podcast.mp3")
        labels = {segment.speaker for segment in result.segments}
        rows.append(
            (
                folder.name,
                len(result.segments),
                "no labels" if labels == {None} else "LABELLED",
                "single host",
            )
        )
    table(("show", "sentences", "error", "all one"), rows)


def speaker_error(result: TranscriptionResult, owners: list[str | None]) -> tuple[Any, Any]:
    """Error of the labels against the owner of each word, and of giving all to one."""
    starts = [segment.start_time for segment in result.segments]
    time_of: dict[tuple[str, str | None], float] = {}
    for word, owner in zip(result.word_timestamps, owners, strict=True):
        if owner is not None:
            middle = (word.start_time + word.end_time) / 2
            at = max(0, int(np.searchsorted(starts, middle + 1e-6, side="right")) - 1)
            key = (owner, result.segments[at].speaker)
            time_of[key] = time_of.get(key, 0.0) + max(0.05, word.end_time - word.start_time)
    total = sum(time_of.values())
    names = sorted({owner for owner, _ in time_of})
    most = max(sum(span for (owner, _), span in time_of.items() if owner == name) for name in names)
    if any(label is None for _, label in time_of):
        return "no labels", 1 - most / total
    right = max(
        sum(time_of.get(pair, 0.0) for pair in zip(names, labels, strict=True))
        for labels in (("A", "B"), ("B", "A"))
    )
    return 1 - right / total, 1 - most / total


def turn_owners(gold: Path, result: TranscriptionResult) -> list[str | None]:
    """Who says each word, by the times of the turns."""
    turns = json.loads(gold.read_text("utf-8"))["turns"]
    return [
        next(
            (
                turn["speaker"]
                for turn in turns
                if turn["start"] <= (w.start_time + w.end_time) / 2 <= turn["end"]
            ),
            None,
        )
        for w in result.word_timestamps
    ]


def script_owners(gold: Path, result: TranscriptionResult) -> list[str | None]:
    """Who says each word, by a script with <Person1> and <Person2>."""
    text = re.sub(r"<(?!Person)[^>]*>", "", gold.read_text("utf-8"))
    said = [(word, who) for who, body in re.findall(r"<Person(\d)>([^<]*)", text) for word in body.split()]
    owners: list[str | None] = [None] * len(result.word_timestamps)
    for mine, theirs in matched([word for word, _ in said], [word.word for word in result.word_timestamps]):
        owners[theirs] = said[mine][1]
    return owners


def topics_part(speech: Path, _: list[str]) -> None:
    """Where one topic ends and the next begins."""
    data = speech.parent
    say(
        "Mean distance in seconds from each boundary of the show's own sections to the nearest predicted one, and back."
    )
    say(
        "Baseline: as many boundaries as predicted at equal distances. The classifier knows its English seed bank.\n"
    )
    classifier = compile_classifier([])
    rows = []
    for name, (sound, gold) in SHOWS.items():
        if gold.endswith(".json"):
            rows.append(topic_row(name, classifier, heard_show(data / sound).segments, data / gold))
    for gold in sorted((data / "transcripts").glob("*/*.sections.json")):
        captions = gold.with_name(gold.name.replace(".sections.json", ".vtt"))
        rows.append(topic_row(gold.name.split(".")[0], classifier, cues(captions.read_text("utf-8")), gold))
    table(("show", "sections", "predicted", "to predicted", "baseline", "to gold", "baseline"), rows)


def topic_row(
    name: str, classifier: Any, sentences: Sequence[TranscriptSegment], gold: Path
) -> tuple[Any, ...]:
    """One show's boundaries, predicted and at equal distances."""
    sections = [section["start"] for section in json.loads(gold.read_text("utf-8"))["sections"]][1:]
    types = classifier.classify(sentences, None)
    typed = [TypedSentence(sentence, *judged) for sentence, judged in zip(sentences, types, strict=True)]
    guess = [group[0].sentence.start_time for group in merge_sentences(typed)[1:]]
    equal = list(np.linspace(0.0, sentences[-1].end_time, len(guess) + 2)[1:-1])
    return (name, len(sections), len(guess), distance(sections, guess), distance(sections, equal),
            distance(guess, sections), distance(equal, sections))  # fmt: skip
