"""The sample paper with the podcast about it: enough to see every loss move."""

from __future__ import annotations

import pytest

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.script import Script
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.testing import sample_pair, sample_paper, sample_script

OTHER_EPISODE = (
    "Welcome to Night Train Physics, the show for late people. I'm Bartholomew. Imagine a violin string. When "
    "you pluck it, the string vibrates at its fundamental frequency and at all of its harmonics. The paper "
    "measures how damping depends on humidity in 12 violins. Above sixty percent humidity, the damping "
    "doubles. This episode is brought to you by Glimmer Strings, use code NIGHT at glimmer dot com for ten "
    "percent off. Thanks for listening to Night Train Physics, and until the next time keep your strings dry "
    "and your windows shut."
)


@pytest.fixture(scope="session")
def graph() -> DocumentGraph:
    """The hand-made paper."""
    return sample_paper()


@pytest.fixture(scope="session")
def pair() -> TrainingPair:
    """The hand-made pair."""
    return sample_pair()


@pytest.fixture(scope="session")
def script() -> Script:
    """A script that is the pair's episode word for word."""
    return sample_script()


@pytest.fixture(scope="session")
def other_episode() -> str:
    """A podcast about another paper, with show, host and sponsor."""
    return OTHER_EPISODE
