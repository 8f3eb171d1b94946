"""What a capable LM is told of the hosts: how they speak, and how their episodes go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

from podcast_dspy.analysis.results import StyleProfile
from podcast_dspy.lms.asking import neutral
from podcast_dspy.profiles.conversation import Conversation
from podcast_dspy.profiles.profile import AggregatedProfile, nearest_depth
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.signatures.types import SegmentType

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
    profile: AggregatedProfile, episode_format: EpisodeFormat = "explainer", language: str = "en"
) -> str:
    """How the profile's hosts speak, and in a dialogue how they share it, for whoever writes in their manner.

    What they say word for word is English, and left out where another `language` is to be written.
    """
    notes = _manner(profile)
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


def _manner(profile: AggregatedProfile) -> str:
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
        *_commonest(styles, lambda style: _DEPTHS.get(style.figure_explanation_depth, "")),
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
    notes = [
        f"- when the host {when}: " + " / ".join(f"“{neutral(phrase)}”" for phrase in _some(said))
        for when, said in phrases.items()
        if _some(said)
    ]
    manner = [f"{_SOUNDS} (the manner to catch, not lines to repeat; {{…}} stands for a name):", *notes]
    return "\n".join(("The host uses " + "; ".join(lines) + ".", *(manner if notes else ())))


def _analogies(each: float) -> str:
    """Comparisons from daily life, as often as the hosts make them."""
    return (
        f"a picture from daily life in about {min(1.0, each):.0%} of the segments"
        if each >= 0.05
        else "few pictures"
    )


def _commonest(styles: Sequence[StyleProfile], said: Callable[[StyleProfile], str]) -> list[str]:
    found = [text for text in map(said, styles) if text]
    return [Counter(found).most_common(1)[0][0]] if found else []


def _all(styles: Iterable[StyleProfile], said: Callable[[StyleProfile], Sequence[str]]) -> tuple[str, ...]:
    """The phrases of all hosts, a turn each, so that no host fills the list."""
    rows = [list(said(style)) for style in styles]
    longest = max(map(len, rows), default=0)
    return tuple(row[place] for place in range(longest) for row in rows if place < len(row))


def _some(phrases: Iterable[str]) -> list[str]:
    return [phrase for phrase in dict.fromkeys(phrases) if phrase.strip()][:_PHRASES]


_TWO = " Two hosts tell it: one has read the paper and explains, the other asks what the listener would ask."


def shape_notes(
    profile: AggregatedProfile,
    seconds: float,
    type_scale: Mapping[SegmentType, float] | None = None,
    episode_format: EpisodeFormat = "explainer",
) -> str:
    """How episodes of this length usually go: segments with their share of the time, how many, and who tells them.

    `type_scale` are the learned factors on the shares.
    """
    shape = _shape(profile, seconds, type_scale)
    return shape + _TWO if episode_format == "dialogue" else shape


def _shape(profile: AggregatedProfile, seconds: float, type_scale: Mapping[SegmentType, float] | None) -> str:
    sequence, shares = profile.canonical_segment_sequence, profile.segment_time_shares
    if len(shares) == len(sequence):
        scaled = [
            share * (type_scale or {}).get(kind, 1.0) for kind, share in zip(sequence, shares, strict=True)
        ]
        shares = tuple(share / (sum(scaled) or 1.0) for share in scaled)
        shares_text = ", ".join(f"{kind} {share:.0%}" for kind, share in zip(sequence, shares, strict=True))
    else:
        shares_text = ", ".join(sequence)
    depth = profile.depth_targets.get(nearest_depth(seconds))
    if depth is None:
        return f"Segments and their share of the time: {shares_text}."
    few, many = depth.segment_count_range
    pictures = f"{depth.figure_coverage:.0%} of the paper's figures and tables are shown"
    return (
        f"Segments and their share of the time: {shares_text}. Usually {few} to {many} segments; {pictures}."
    )
