"""`analyze`, `analyze-all`, `profile`: how the podcasts are built, how their hosts speak, what they have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from podcast_dspy.cli.output import note, working
from podcast_dspy.cli.pairs import pair_data, pairs_table, shape_lines
from podcast_dspy.cli.shared import (
    Asking,
    OnCluster,
    Result,
    ThroughStore,
    WriterModel,
    argument,
    command,
    new_app,
    open_workspace,
    option,
)

if TYPE_CHECKING:
    from podcast_dspy.profiles.profile import AggregatedProfile

ProfileFile = Annotated[
    Path | None,
    option(
        "FILE",
        "Compiled profile whose classifier types the segments.  [default: one fitted on the labelled pairs]",
        "--profile",
    ),
]

_STOPPED = "Pairs that were finished are stored; run the same command to analyse the rest."


root = new_app()


@command(root)
def analyze(
    pair: Annotated[str, argument("PAIR", "Id of the pair; `pairs list` names them.")],
    lm: WriterModel = "embedded",
    profile: ProfileFile = None,
    *,
    asking: Asking,
) -> Result:
    """Analyse one pair: its segments, structure and style.

    The segments are typed and linked to the paper. Labels that a person gave on ingest win. Without them a capable --lm
    reads the transcript, a quarter of an hour a call, and finds them; with the embedded models a classifier types the
    segments: that of --profile, else one fitted on the labelled pairs of the workspace, or on built-in examples when
    there are none.

    \b
    Examples:
      podcast-dspy analyze bloom-filters
      podcast-dspy analyze bloom-filters --profile podcast_profile_v1.json
      podcast-dspy analyze bloom-filters --lm SMALL_MODEL --json
    """
    from podcast_dspy.lms import calling

    workspace = open_workspace()
    with working(stopped=_STOPPED) as report, calling(timeout=asking.timeout, fresh=asking.fresh):
        analyzed = workspace.analyze(pair, lm=lm, profile=profile, progress=report)
    data = {
        **pair_data(analyzed),
        "structure_profile": analyzed.structure_profile,
        "style_profile": analyzed.style_profile,
    }
    return "\n".join([analyzed.pair_id, *shape_lines(analyzed)]), data


@command(root, "analyze-all")
def analyze_all(
    again: Annotated[bool, option(None, "Also analyse pairs that are analysed already.", "--again")] = False,
    lm: WriterModel = "embedded",
    profile: ProfileFile = None,
    *,
    asking: Asking,
    cluster: OnCluster = None,
    store: ThroughStore = None,
) -> Result:
    """Analyse every pair and combine them into a profile.

    Pairs that are analysed already are kept as they are.

    \b
    Examples:
      podcast-dspy analyze-all
      podcast-dspy analyze-all --again --lm OTHER_MODEL
    """
    from podcast_dspy.cluster import on_cluster
    from podcast_dspy.lms import calling

    workspace = open_workspace()
    with (
        working(stopped=_STOPPED) as report,
        calling(timeout=asking.timeout, fresh=asking.fresh),
        on_cluster(cluster, store, report),
    ):
        pairs = workspace.analyze_all(lm=lm, again=again, profile=profile, progress=report)
    text = f"{pairs_table(pairs)}\nnext: podcast-dspy profile show, then podcast-dspy compile"
    return text, {"pairs": [pair_data(pair) for pair in pairs]}


app = new_app("What the analysed podcasts have in common.")


def _profile() -> AggregatedProfile:
    workspace = open_workspace()
    profile = workspace.profile()
    analyzed = [pair.pair_id for pair in workspace.pairs if pair.aligned_segments is not None]
    without = [name for name in analyzed if name not in profile.training_pairs_used]
    if without:
        note(
            f"made without: {', '.join(without)}; `podcast-dspy analyze-all` makes one of all analysed pairs"
        )
    return profile


@command(app)
def show() -> Result:
    """Show the current profile: targets, phrases and pairs.

    \b
    Examples:
      podcast-dspy profile show
      podcast-dspy profile show --json > profile.json
    """
    profile = _profile()
    slow, fast = profile.target_words_per_minute
    few, many = profile.target_concepts_per_minute
    lines = [
        f"profile {profile.version} from {', '.join(profile.training_pairs_used)}",
        f"pace: {slow:.0f}-{fast:.0f} words and {few:.1f}-{many:.1f} concepts a minute",
        f"coverage: every host names at least {profile.min_coverage:.0%} of the key concepts",
        "sequence: " + " > ".join(kind.value for kind in profile.canonical_segment_sequence),
        _phrases("openings", profile.universal_intro_patterns),
        _phrases("transitions", profile.universal_transition_patterns),
        _phrases("figures", profile.universal_figure_patterns),
        *_conversation(profile),
    ]
    return "\n".join(lines), {"profile": profile}


def _conversation(profile: AggregatedProfile) -> list[str]:
    """How the hosts of dialogues share them; nothing where there are none."""
    dialogue = profile.of_format("dialogue")
    shared = dialogue.conversation
    if shared is None:
        return []
    return [
        f"dialogue: {', '.join(dialogue.training_pairs_used)}",
        f"  who explains says {shared.explainer_share:.0%} of the words, {shared.explainer_turn_words:.0f} a turn; "
        f"who asks {shared.asker_turn_words:.0f}, a question in {shared.asking_turns:.0%} of the turns",
        "  sequence: " + " > ".join(kind.value for kind in dialogue.canonical_segment_sequence),
        "  " + _phrases("turns of who asks begin", shared.asker_begins),
        "  " + _phrases("turns of who explains begin", shared.explainer_begins),
    ]


@command(app)
def structure() -> Result:
    """Show the order of segments, their lengths, and the depths.

    \b
    Examples:
      podcast-dspy profile structure
      podcast-dspy profile structure --json
    """
    from podcast_dspy.reports import clock, table

    profile = _profile()
    shares = profile.segment_time_shares or (None,) * len(profile.canonical_segment_sequence)
    rows = []
    for kind, share in zip(profile.canonical_segment_sequence, shares, strict=True):
        least, most = profile.segment_duration_targets.get(kind, (None, None))
        rows.append(
            [kind.value, "-" if share is None else f"{share:.0%}", f"{clock(least)} to {clock(most)}"]
        )
    depths = [
        [
            depth.value,
            f"{clock(target.duration_range[0])} to {clock(target.duration_range[1])}",
            f"{target.segment_count_range[0]}-{target.segment_count_range[1]}",
            f"{target.concepts_per_segment[0]}-{target.concepts_per_segment[1]}",
            f"{target.figure_coverage:.0%}",
            ", ".join(target.example_pair_ids) or "none, scaled",
        ]
        for depth, target in profile.depth_targets.items()
    ]
    text = "\n\n".join(
        [
            table(["segment", "share", "one run lasts"], rows),
            table(["depth", "length", "segments", "concepts each", "figures", "measured on"], depths),
        ]
    )
    data = {
        "version": profile.version,
        "canonical_segment_sequence": profile.canonical_segment_sequence,
        "segment_time_shares": profile.segment_time_shares,
        "segment_duration_targets": profile.segment_duration_targets,
        "depth_targets": profile.depth_targets,
    }
    return text, data


@command(app)
def style() -> Result:
    """Show how each host speaks.

    \b
    Examples:
      podcast-dspy profile style
      podcast-dspy profile style --json
    """
    from podcast_dspy.reports import table

    profile = _profile()
    rows = [
        [
            name,
            f"{variant.avg_sentence_length:.1f}",
            f"{variant.vocabulary_complexity:.2f}",
            f"{variant.jargon_density:.2f}",
            f"{variant.questions_per_minute:.2f}",
            f"{variant.analogies_per_segment:.2f}",
            variant.definition_style.replace("_", " "),
        ]
        for name, variant in profile.style_variants.items()
    ]
    head = [
        "host",
        "words/sentence",
        "complexity",
        "jargon",
        "questions/min",
        "analogies/segment",
        "definitions",
    ]
    lines = [table(head, rows)]
    lines += [_phrases(f"{name}, emphasis", v.emphasis_phrases) for name, v in profile.style_variants.items()]
    data: dict[str, Any] = {"version": profile.version, "style_variants": profile.style_variants}
    return "\n".join(lines), data


@command(app)
def history() -> Result:
    """Show what training kept in memory: every program that became the best of its run.

    A later run begins with the newest one that saw none of the papers it holds out.

    \b
    Examples:
      podcast-dspy profile history
      podcast-dspy profile history --json
    """
    from podcast_dspy.reports import number, table

    kept = open_workspace().learnings
    rows = [
        [
            f"{entry.created_at:%Y-%m-%d %H:%M}",
            *(str(entry.metadata.get(name, "-")) for name in ("trial", "profile", "prompts")),
            *(number(entry.metadata.get("losses", {}).get(side)) for side in ("training", "held_out")),
            ", ".join(entry.metadata.get("training_pairs", ())),
        ]
        for entry in kept
    ]
    head = ["kept", "trial", "profile", "prompts", "training", "held out", "pairs"]
    text = table(head, rows, left=4) if rows else "nothing yet; run: podcast-dspy compile"
    data = [
        {"version": entry.version, "created_at": entry.created_at, **entry.metadata, "learned": entry.data}
        for entry in kept
    ]
    return text, {"history": data}


def _phrases(name: str, phrases: tuple[str, ...]) -> str:
    return f"{name}: " + ("; ".join(phrases[:6]) if phrases else "none learned")
