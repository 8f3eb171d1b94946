"""Leakage from other podcasts."""

from __future__ import annotations

import pytest

from podcast_dspy.analysis.phrases import identities
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import leakage

from_paper = "Wet salt and chloride in streams."


def test_shows_and_hosts_are_found(other_episode: str, script: Script) -> None:
    assert identities(other_episode) == ("Night Train Physics", "Bartholomew")
    assert identities(script.text) == ("Kitchen Table Science", "Petra")


def test_a_clean_script_is_clean(other_episode: str, script: Script) -> None:
    report = leakage(script.text, [other_episode], from_paper)
    assert report.clean
    assert report.penalty == 0


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Welcome to Night Train Physics.", "names"),
        ("As Bartholomew would say, hello.", "names"),
        ("This episode is brought to you by Glimmer Strings, use code NIGHT.", "sponsors"),
        ("The string vibrates at its fundamental frequency and at all of its harmonics.", "copied"),
    ],
)
def test_each_kind_is_found_and_costs(line: str, kind: str, other_episode: str, script: Script) -> None:
    report = leakage(f"{script.text} {line}", [other_episode], from_paper)
    assert getattr(report, kind)
    assert 0 < report.penalty <= 0.9
    assert report.feedback()


def test_what_the_paper_says_itself_is_no_leak(other_episode: str) -> None:
    line = "the string vibrates at its fundamental frequency and at all of its harmonics"
    assert leakage(line, [other_episode], f"In theory {line}.").clean
    assert leakage(
        "Welcome to Night Train Physics.", [other_episode], "Night train physics is our topic."
    ).clean


def test_the_own_podcast_may_be_itself_but_not_be_named_elsewhere(script: Script) -> None:
    own = script.text
    assert leakage(own, [], from_paper, own_reference=own).penalty == 0
    report = leakage(
        "Hi, this is Kitchen Table Science. Brine is kind to rivers.", [], from_paper, own_reference=own
    )
    assert report.names == ("Kitchen Table Science",)
    assert report.penalty > 0.05


def test_an_empty_script_leaks_nothing(other_episode: str) -> None:
    assert leakage("", [other_episode], from_paper).clean
