"""The evaluation page: complete, self-contained, honest about gaps, and safe with hostile papers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from reports_fakes import HOSTILE, make_pair, make_script

from podcast_dspy.errors import UsageError, WorkspaceError
from podcast_dspy.reports import evaluation_html
from podcast_dspy.reports.episode_section import _grounding
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree
from podcast_dspy.testing import sample_profile, sample_trial

VOID = {"meta", "input", "br", "img", "link", "hr"}


class Outline(HTMLParser):
    """Collects tags, links and text, and checks that tags are balanced."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.words = ""
        self.feed(page)
        assert not self.open, f"unclosed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [value for name in ("src", "href") if (value := values.get(name))]
        self.ids += [value for name in ("id",) if (value := values.get(name))]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += " " + " ".join(data.split())


@pytest.fixture
def page(make_run: Any, artefacts: Path, pairs: Any, tmp_path: Path) -> Outline:
    run = make_run()
    place = tmp_path / "report" / "e.html"
    text = evaluation_html(
        run.trials,
        pairs=pairs,
        reproducibility={"seed": "7"},
        base=artefacts,
        reason=run.reason,
        page=place,
    )
    place.parent.mkdir()
    place.write_text(text, encoding="utf-8")
    return Outline(text)


def test_headline_compares_baseline_and_compiled_on_both_sides(page: Outline) -> None:
    assert "lowers the total loss on the training pairs from 0.490 to 0.370 (-24%)" in page.words
    assert "lowers the total loss on the held-out pair from 0.520 to 0.400 (-23%" in page.words
    assert "The best loss improved by less than 5% over the last 3 trials." in page.words


def test_page_is_self_contained_and_its_links_lead_somewhere(page: Outline, tmp_path: Path) -> None:
    assert "script" not in page.tags
    assert "link" not in page.tags
    files = [address for address in page.addresses if not address.startswith("#")]
    assert files, "the audio is linked"
    for address in files:
        assert (tmp_path / "report" / address.replace("%20", " ")).is_file()
    anchors = {address[1:] for address in page.addresses if address.startswith("#")}
    assert anchors <= set(page.ids)


def test_page_shows_structure_coverage_grounding_and_sources(page: Outline) -> None:
    assert page.words.count("generated") >= 3
    assert "3 of 5 key concepts covered" in page.words
    for name in ("Bloom filter", "false positive rate"):
        assert name in page.words
    assert "41 statements in the model's words are carried by the paper" in page.words
    assert "overall 90% 80%" in page.words
    assert "last third no claims 60%" in page.words
    assert "The moon is made of filters." in page.words
    # 0.2 of a coverage loss of 0.4: two of the host's sentences rest on that passage.
    assert "A block fits one cache line. (50%)" in page.words
    assert "page 1, p001_text_01" in page.words
    assert "seed 7" in page.words


def test_widths_of_each_timeline_sum_to_one(make_run: Any, artefacts: Path, pairs: Any) -> None:
    text = evaluation_html(make_run().trials, pairs=pairs, base=artefacts)
    bars = re.findall(r'<ol class="bar">(.*?)</ol>', text, flags=re.S)
    assert len(bars) == 6
    for bar in bars:
        assert sum(map(float, re.findall(r"flex-grow: ([\d.]+)", bar))) == pytest.approx(1, abs=0.002)


def test_unscored_terms_give_their_reason(make_run: Any, artefacts: Path, pairs: Any) -> None:
    page = Outline(evaluation_html(make_run(gap="quality").trials, pairs=pairs, base=artefacts))
    assert "quality: unscored: no judge model was given" in page.words
    assert "total loss on the training pairs is unscored" in page.words
    assert not re.search(r"\bnan\b", page.words, flags=re.I)


def test_without_a_held_out_pair_it_says_that_nothing_was_measured(
    make_run: Any, artefacts: Path, pairs: Any
) -> None:
    page = Outline(evaluation_html(make_run(held_out=False).trials, pairs=pairs, base=artefacts))
    assert "Nothing was held out" in page.words


def test_missing_files_and_pairs_are_said_not_hidden(make_run: Any, artefacts: Path) -> None:
    (artefacts / "trials/trial_002/bloom_script.json").unlink()
    (artefacts / "trials/trial_002/cache_script.json").write_text("{}")
    (artefacts / "trials/trial_002/graph_audio.mp3").unlink()
    page = Outline(evaluation_html(make_run().trials, pairs={}, base=artefacts))
    assert "bloom_script.json cannot be read" in page.words
    assert "cache_script.json is not a script of this version" in page.words
    assert "graph_audio.mp3 is not there any more" in page.words
    assert "reference structure is missing" in page.words


def test_hostile_papers_and_scripts_are_escaped(make_run: Any, artefacts: Path) -> None:
    hostile = make_script(text=HOSTILE).model_dump_json()
    for pair_id in ("bloom", "cache", "graph"):
        (artefacts / f"trials/trial_002/{pair_id}_script.json").write_text(hostile)
    pairs = {name: make_pair(name, title=HOSTILE, passage=HOSTILE) for name in ("bloom", "cache", "graph")}
    text = evaluation_html(make_run().trials, pairs=pairs, base=artefacts, reproducibility={HOSTILE: HOSTILE})
    page = Outline(text)
    assert "script" not in page.tags
    assert "alert('x')" in page.words, "shown as text"
    assert "{{ 7 * 7 }}" in page.words, "not evaluated"
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_trial_cannot_show_a_file_outside_the_workspace(
    make_run: Any, artefacts: Path, pairs: Any, tmp_path: Path
) -> None:
    (tmp_path / "secret.mp3").write_bytes(b"ID3")
    (artefacts / "link.mp3").symlink_to(tmp_path / "secret.mp3")
    for field in ("generated_audio", "generated_scripts"):
        for name in (str(tmp_path / "secret.mp3"), "../secret.mp3", "link.mp3", "https://example.org/a.mp3"):
            best = make_run().trials[-1].model_copy(update={field: {"bloom": name}})
            with pytest.raises(WorkspaceError, match="does not lie in it and is not opened"):
                evaluation_html([best], pairs=pairs, base=artefacts)


def test_a_run_that_did_not_help_says_so(make_run: Any, artefacts: Path, pairs: Any) -> None:
    trials = list(make_run().trials)
    alone = Outline(evaluation_html(trials[:1], pairs=pairs, base=artefacts))
    assert "Only the baseline has been measured so far." in alone.words
    worse = Outline(evaluation_html(trials[::-1], pairs=pairs, base=artefacts))
    assert "No trial was better than the baseline by more than chance." in worse.words
    assert "on the training pairs is 0.370, unchanged" in worse.words


def test_before_the_first_trial_there_is_nothing_to_report() -> None:
    with pytest.raises(UsageError, match="podcast-dspy compile"):
        evaluation_html([], pairs={})


def test_measures_show_their_evidence(page: Outline) -> None:
    words = " ".join(page.words.split())
    assert "deeply explained" in words
    assert "It is a set of bits." in words
    assert "Nothing of the kind." not in words, "a missed concept has no sentence"
    assert "A block has _____ bits. 512" in words
    assert re.search(r"engagement \d+ of 100 questions 31 “Why would that be\?”", words)
    assert "clarity" in words
    assert re.search(r"accuracy \d+ of 100 grounding 90 “The moon is made of filters.”", words)


def test_the_reference_stands_beside_the_episode(
    make_run: Any, artefacts: Path, pairs: Any, tmp_path: Path
) -> None:
    recording = tmp_path / "recordings" / "a b.mp3"
    recording.parent.mkdir()
    recording.write_bytes(b"ID3")
    pairs["bloom"] = pairs["bloom"].model_copy(update={"audio_path": str(recording)})
    html = evaluation_html(
        make_run().trials, pairs=pairs, base=artefacts, page=tmp_path / "report" / "e.html"
    )
    read = Outline(html)
    assert "../recordings/a%20b.mp3" in read.addresses
    assert "The recording of the reference is not where it was." in read.words  # of the others
    said = pairs["bloom"].aligned_segments[0].transcript_segment.text
    assert " ".join(said.split())[:40] in read.words
    assert "What the host says, with the passages that it was linked to" in read.words
    assert html.count("held out, coverage") == 1


def test_each_trial_is_held_against_the_best_before_it(make_run: Any, artefacts: Path, pairs: Any) -> None:
    tree, trials = Tree(artefacts), make_run().trials
    assert "no version" in evaluation_html(trials, pairs=pairs, base=artefacts)
    first, second = (
        PromptVersions(tree).save({"writer": f"Say it.\n{how}"}) for how in ("<b>Briefly</b>.", "Slowly.")
    )
    told = [ProfileVersions(tree).save(sample_profile(min_coverage=share)) for share in (0.5, 0.75)]
    kept = [
        trial.model_copy(update={"prompt_version": prompt, "profile_version": profile})
        for trial, prompt, profile in zip(
            trials, (first, second, second), (told[0], told[0], told[1]), strict=True
        )
    ]
    page = Outline(evaluation_html(kept, pairs=pairs, base=artefacts))
    assert "trial_001 against trial_000, the best before it" in page.words
    assert "-<b>Briefly</b>." in page.words
    assert "+Slowly." in page.words
    assert page.tags.count("ins") >= 2
    assert "min_coverage: 0.5 -> 0.75" in page.words


def test_an_extract_is_told_as_one() -> None:
    (rollout, *_) = sample_trial().rollouts
    extract = rollout.model_copy(update={"model_units": 0, "source_units": 7})
    assert _grounding([extract]) == "An extract: 7 statements, all in the paper's own words."
    assert _grounding([]) == ""
