"""Episodes in other languages than English: all that is said and shown is in it, or there is one clear sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mutagen
import pytest
from test_generation_planner import profile

from podcast_dspy.audio import get_voice
from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, ModelError, PrerequisiteError, SettingsError
from podcast_dspy.generation import edits
from podcast_dspy.generation.episode import Episode
from podcast_dspy.generation.podcaster import Podcaster
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.testing import FakeLM, FakeVoice
from podcast_dspy.text.language import EPISODE_LANGUAGES, sentence_in_another, translation
from podcast_dspy.text.normalisation import speakable
from podcast_dspy.text.words import split_sentences

pytestmark = pytest.mark.models

PAPERS = {
    "de": """# Warum Katzen Kartons mögen

Paula Renz

## Zusammenfassung

Katzen suchen die Enge. Wir haben 48 Katzen in einem Tierheim zwei Wochen lang beobachtet. Wer einen Karton bekam, war
schon nach 3,5 Tagen ruhig, die anderen brauchten 9,2 Tage.

## Grenzen

Alle Katzen lebten in einem einzigen Heim, und ältere Tiere waren nicht dabei.
""",
    "fr": """# Pourquoi les chats aiment les cartons

Paule Renard

## Résumé

Les chats cherchent les endroits étroits. Nous avons observé 48 chats dans un refuge pendant deux semaines. Ceux qui
avaient un carton étaient calmes au bout de 3,5 jours, les autres au bout de 9,2 jours.

## Limites

Tous les chats vivaient dans un seul refuge, et il n'y avait pas d'animaux âgés.
""",
    "en": """# Why cats like boxes

Paula Ray

## Abstract

Cats look for narrow places. We watched 48 cats in a shelter for two weeks. Those that had a box were calm after 3.5
days, the others took 9.2 days.

## Limits

All the cats lived in one shelter, and there were no older animals among them.
""",
}
TOLD = {
    "de": (
        "Was Katzen an Kartons finden",
        ("Die neue Katze", "Was nicht gezeigt ist"),
        (
            "Eine Katze kommt ins Heim und kennt dort niemanden. Was hilft ihr? Von 48 Katzen bekamen einige einen "
            "Karton, und sie waren schon nach 3,5 Tagen ruhig. Die anderen brauchten 9,2 Tage.",
            "Das war ein einziges Heim, und alte Tiere waren nicht dabei. Aber stellen Sie ruhig einmal einen hin.",
        ),
    ),
    "fr": (
        "Ce que les chats trouvent au carton",
        ("Le nouveau chat", "Ce qui reste à voir"),
        (
            "Un chat arrive au refuge et n'y connaît personne. Qu'est-ce qui l'aide ? Sur les 48 chats, certains ont "
            "reçu un carton, et ils étaient calmes au bout de 3,5 jours. Les autres ont mis 9,2 jours.",
            "C'était un seul refuge, et il n'y avait pas d'animaux âgés. Mais posez donc un carton, pour voir.",
        ),
    ),
    "en": (
        "What cats see in a box",
        ("The new cat", "What is not shown"),
        (
            "A cat comes to the shelter and knows nobody there. What helps it? Of the 48 cats some were given a "
            "box, and they were calm after 3.5 days. The others took 9.2 days.",
            "That was one shelter, and there were no old animals among them. But do put a box down once and see.",
        ),
    ),
}
WORDS = {code: sum(len(text.split()) for text in texts) for code, (_, _, texts) in TOLD.items()}
A_WORD = 0.65  # seconds


def read(language: str, tmp_path: Path) -> DocumentGraph:
    file = tmp_path / f"{language}.md"
    file.write_text(PAPERS[language], encoding="utf-8")
    graph = read_document(file)
    assert graph.language == language
    return graph


def rundown(language: str) -> dict[str, Any]:
    title, chapters, texts = TOLD[language]
    said = split_sentences(texts[0])
    fields = dict(zip(("idea", "first", "question", "stake", "answer"), (*said, *said), strict=False))
    segments = [
        {"type": kind, "chapter": chapter, "point": text, "passages": ["p1"], "seconds": len(text.split())}
        for kind, chapter, text in zip(("key_finding", "limitation"), chapters, texts, strict=True)
    ]
    return {
        "title": title, **fields, "mechanism": said[0], "surprise": said[-1], "limit": texts[1], "terms": [],
        "figures": [], "segments": segments,
    }  # fmt: skip


def paragraphs(texts: Sequence[str]) -> dict[str, Any]:
    return {
        "paragraphs": [{"segment": n, "text": text, "illustrations": []} for n, text in enumerate(texts, 1)]
    }


def turns(texts: Sequence[str]) -> dict[str, Any]:
    said = [
        {
            "segment": n,
            "text": one,
            "illustrations": [],
            "speaker": "asker" if one.endswith("?") else "explainer",
        }
        for n, text in enumerate(texts, 1)
        for one in split_sentences(text)
    ]
    return {"turns": said}


def verdicts(inputs: dict[str, Any]) -> dict[str, Any]:
    claims = [claim.number for claim in inputs["sentences"]]
    return {"verdicts": [{"number": number, "verdict": "supported", "reason": ""} for number in claims]}


def host(language: str, **changed: Any) -> FakeLM:
    """Plans, writes and checks the same story in a language."""
    return FakeLM(
        {
            "rundown": {"rundown": rundown(language)},
            "paragraphs": paragraphs(TOLD[language][2]),
            "turns": turns(TOLD[language][2]),
            "takeaway": {"takeaway": TOLD[language][2][0], "notes": []},
            "verdicts": verdicts,
            "revised": {"revised": []},
            **changed,
        }
    )


@pytest.fixture(autouse=True)
def _nothing_was_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DSPY_SPEECH_CACHE_GB", "0")


@pytest.fixture
def voice() -> Iterator[FakeVoice]:
    with FakeVoice(seconds_a_word=A_WORD, languages=("de", "fr")).installed() as one:
        yield one


def make(lm: FakeLM, paper: DocumentGraph, speaker: FakeVoice, told: str = "de", **options: Any) -> Episode:
    minutes = max(0.5, (WORDS[told] * A_WORD + 0.45) / 60.0)
    options = {"voice": speaker.name, "minutes": minutes, "on_doubt": lambda doubt: None, **options}
    with lm.serving():
        return Podcaster(PodcastProgram(), profile())(paper, lm="openai/any", **options)


def shown(folder: Path) -> list[str]:
    """All that a listener reads of an episode."""
    data = {
        name: json.loads((folder / name).read_text("utf-8")) for name in ("chapters.json", "timeline.json")
    }
    cards = [
        one.get(key) or "" for one in data["timeline.json"]["visuals"] for key in ("heading", "quote_text")
    ]
    tags = mutagen.File(folder / "episode.mp3").tags
    texts = [(folder / name).read_text("utf-8") for name in ("shownotes.md", "script.txt", "captions.srt")]
    feed = (folder / "rss.xml").read_text("utf-8")
    feed = " ".join(part.partition("<")[0] for part in feed.split(">") if part.strip())
    return [*texts, feed, *cards, *(str(tag) for tag in tags.values()), str(data["chapters.json"])]


@pytest.mark.parametrize(("language", "paper", "code"), [("de", "de", "deu"), ("fr", "en", "fra")])
def test_all_of_an_episode_is_in_one_language(
    language: str, paper: str, code: str, tmp_path: Path, voice: FakeVoice
) -> None:
    lm, graph = host(language), read(paper, tmp_path)
    asked = language if paper != language else None
    episode = make(lm, graph, voice, language, language=asked)
    episode.save(tmp_path / "out", rss="https://example.org/show/")
    title, chapters, texts = TOLD[language]
    assert (episode.script.title, episode.script.language) == (title, language)
    assert [one.title for one in episode.chapters] == list(chapters)
    # the voice reads numbers by its own rules: no English ones touch the text
    assert set(voice.said) == {*texts, speakable(translation(language).sample, language=language)}
    assert [one.kind for one in episode.doubts] == ["unmeasured"]
    assert episode.checks == ()
    assert episode.seconds == pytest.approx(WORDS[language] * A_WORD, rel=0.05)
    tags = mutagen.File(tmp_path / "out" / "episode.mp3").tags
    assert (str(tags["TLAN"]), f"COMM::{code}" in tags, f"USLT::{code}" in tags) == (code, True, True)
    assert f"<language>{language}</language>" in (tmp_path / "out" / "rss.xml").read_text("utf-8")
    own = (graph.title, *(str(number) for number in range(10)))
    for text in shown(tmp_path / "out"):
        for name in own:
            text = text.replace(name, " ")  # a paper keeps its name
        assert sentence_in_another(split_sentences(text), language) is None, text
        for english in (
            "Figure",
            "Welcome",
            "The question",
            "explained",
            "About the",
            "Asker",
            "What they found",
        ):
            assert english not in text


def test_every_prompt_names_the_language_and_shows_no_english_host(tmp_path: Path, voice: FakeVoice) -> None:
    lm = host("de")
    make(lm, read("de", tmp_path), voice)
    assert {tuple(one.signature.output_fields) for one in lm.asked} == {
        ("rundown",), ("paragraphs",), ("takeaway", "notes"), ("verdicts",),
    }  # fmt: skip
    for one in lm.asked:
        assert one.inputs["language"] == "German"
        assert "The episode is in German" in one.messages[0]["content"]
        assert "How the host sounds" not in str(one.inputs)


def test_a_dialogue_names_its_speakers_in_the_language(tmp_path: Path, voice: FakeVoice) -> None:
    lm = host("de")
    with pytest.raises(SettingsError, match=r"--second-voice: choose openai:coral.*Piper model of German"):
        make(lm, read("de", tmp_path), voice, episode_format="dialogue")
    assert not lm.asked
    lines = {"episode_format": "dialogue", "second_voice": "fake:other"}
    episode = make(lm, read("de", tmp_path), voice, **lines)
    episode.save(tmp_path / "out", rss="https://example.org/show/")
    assert "<v Frage>" in (tmp_path / "out" / "captions.vtt").read_text("utf-8")
    assert "Frage: Was hilft ihr?" in (tmp_path / "out" / "script.txt").read_text("utf-8")
    assert "Asker" not in " ".join(shown(tmp_path / "out"))
    asked = next(one for one in lm.asked if "turns" in one.signature.output_fields)
    assert "Spoken German" in asked.messages[0]["content"]


def test_an_answer_in_english_is_asked_for_again_and_then_one_sentence(
    tmp_path: Path, voice: FakeVoice
) -> None:
    english, german = paragraphs(TOLD["en"][2]), paragraphs(TOLD["de"][2])
    lm = host("de", paragraphs=[english, german])
    make(lm, read("de", tmp_path), voice)
    again = [one for one in lm.asked if "paragraphs" in one.signature.output_fields]
    assert again[1].inputs["corrections"] == "it is in English; write in German"
    with pytest.raises(ModelError, match=r"as writer in 3 tries .*it is in English; write in German"):
        make(host("de", paragraphs=english), read("de", tmp_path), voice)
    with pytest.raises(ModelError, match=r"as planner in 3 tries .*English; write .*German"):
        make(host("de", rundown={"rundown": rundown("en")}), read("de", tmp_path), voice)


def test_half_and_half_is_asked_for_again(tmp_path: Path, voice: FakeVoice) -> None:
    first, last = TOLD["de"][2]
    mixed = paragraphs([f"{first} But nobody knows what the older animals would have done there.", last])
    lm = host("de", paragraphs=[mixed, paragraphs(TOLD["de"][2])])
    make(lm, read("de", tmp_path), voice)
    again = [one for one in lm.asked if "paragraphs" in one.signature.output_fields]
    assert again[1].inputs["corrections"].endswith("is in English; write all of it in German")
    unnamed = rundown("de")
    unnamed["segments"][1]["chapter"] = " "
    lm = host("de", rundown=[{"rundown": unnamed}, {"rundown": rundown("de")}])
    make(lm, read("de", tmp_path), voice)
    assert lm.asked[1].inputs["corrections"] == "the segments 2 lack a name"
    chapters = rundown("de")
    chapters["segments"][0]["chapter"] = "What the new cat does in the box of the shelter"
    lm = host("de", rundown=[{"rundown": chapters}, {"rundown": rundown("de")}])
    make(lm, read("de", tmp_path), voice)
    assert "English" in lm.asked[1].inputs["corrections"]


def test_what_cannot_be_had_is_one_sentence_before_anything_is_written(
    tmp_path: Path, voice: FakeVoice
) -> None:
    lm, german = host("de"), read("de", tmp_path)
    podcaster = Podcaster(PodcastProgram(), profile())
    for options, told in (
        ({"language": "xx"}, "no episode can be in 'xx'; --language takes de .German., en"),
        ({"language": ""}, "no episode can be in ''"),
        (
            {"voice": "piper:joe"},
            "piper:joe speaks English, and the episode is in German; choose openai:coral",
        ),
        ({"voice": None}, "no voice that comes with podcast-dspy speaks German; choose openai"),
        (
            {"language": "it"},
            "fake:tone speaks German and French, and the episode is in Italian; .*kokoro:if_sara",
        ),
    ):
        with pytest.raises(SettingsError, match=told):
            make(lm, german, voice, **options)
    for language, told in (
        (
            None,
            "is in German, and embedded .* capable LM, such as --lm openai/NAME, which can also write in English",
        ),
        ("de", "the episode is to be in German, and embedded"),
    ):
        with pytest.raises(SettingsError, match=told):
            podcaster(german, lm="embedded", voice=voice.name, language=language, minutes=1.0)
        with pytest.raises(SettingsError, match=told):
            podcaster.forecast(german, lm="embedded", language=language, minutes=1.0)
    polish = german.model_copy(update={"language": "pl"})
    with pytest.raises(DocumentError, match="is in Polish, and no episode can be; choose with --language"):
        make(lm, polish, voice)
    assert not lm.asked


def test_a_finished_script_keeps_its_language(tmp_path: Path, voice: FakeVoice) -> None:
    german = read("de", tmp_path)
    title, chapters, texts = TOLD["de"]
    draft = tmp_path / "draft.md"
    told = "\n\n".join(f"## {name}\n\n{text}" for name, text in zip(chapters, texts, strict=True))
    draft.write_text(f"# {title}\n\n{told}\n", encoding="utf-8")
    podcaster = Podcaster(PodcastProgram(), profile())
    options: dict[str, Any] = {
        "script": draft,
        "lm": "embedded",
        "minutes": 1.0,
        "on_doubt": lambda doubt: None,
    }
    with pytest.raises(SettingsError, match="speaks English, and the episode is in German"):
        podcaster(german, voice="piper:joe", **options)
    with pytest.raises(SettingsError, match="the script is in German; leave out --language"):
        podcaster(german, voice=voice.name, language="fr", **options)
    episode = podcaster(german, voice=voice.name, **options)
    episode.save(tmp_path / "out")
    assert (episode.script.language, set(voice.said)) == ("de", set(texts))
    with pytest.raises(SettingsError, match="speaks English, and the episode is in German"):
        edits.revoice(tmp_path / "out", voice="piper:joe")
    edits.edit_segment(tmp_path / "out", "2", "Das war ein einziges Heim.")
    with pytest.raises(
        SettingsError, match="is in German, and embedded speaks the sentences of English papers"
    ):
        edits.redo(tmp_path / "out", "1", podcaster, lm="embedded")
    again = edits.revoice(tmp_path / "out", voice=voice.name)
    assert again.episode.script.language == "de"
    assert voice.said[-1] == "Das war ein einziges Heim."


def test_a_voice_that_is_slow_in_a_language_is_measured_first(tmp_path: Path) -> None:
    """Words are asked for at the pace at which the voice reads prose of that language, not at the hosts'."""
    with FakeVoice(seconds_a_word=0.8, languages=("de",)).installed() as slow:
        lm = host("de")
        with pytest.raises(ModelError):  # it writes what it always writes
            make(lm, read("de", tmp_path), slow, minutes=1.0)
    wanted = next(one.inputs["to_write"] for one in lm.asked if "paragraphs" in one.signature.output_fields)
    assert sum(one.words for one in wanted) == pytest.approx(60.0 / 0.8, rel=0.05)
    assert slow.said == [speakable(translation("de").sample, language="de")]


def test_voices_know_their_languages(tmp_path: Path) -> None:
    assert get_voice("piper:joe").languages == ("en",)  # type: ignore[attr-defined]
    for name, language in (("kokoro:ff_siwis", "fr"), ("kokoro:ef_dora", "es"), ("kokoro:im_nicola", "it")):
        try:
            assert get_voice(name).languages == (language,)  # type: ignore[attr-defined]
        except PrerequisiteError as error:
            assert "models install kokoro-es-fr-it" in str(error)  # noqa: PT017
    for config, language in (
        ({"language": {"code": "de_DE"}}, "de"),
        ({"espeak": {"voice": "fr"}}, "fr"),
        ({}, "en"),
    ):
        model = tmp_path / f"{language}.onnx"
        model.write_bytes(b"onnx")
        model.with_name(f"{model.name}.json").write_text(json.dumps(config))
        assert get_voice(f"piper:{model}").languages == (language,)  # type: ignore[attr-defined]


def test_each_language_has_all_that_is_said_and_shown_in_it() -> None:
    english = translation("en")
    for code in EPISODE_LANGUAGES:
        told = translation(code)
        assert "{paper}" in told.about
        assert "{authors}" in told.about_by
        if code != "en":
            assert len(told.chapters) == 10
            assert sentence_in_another([told.greeting, *split_sentences(told.sample)], code) is None
            assert told.about != english.about
