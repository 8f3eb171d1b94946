"""The public functions: analyse, score, ground, compile, load. The command line is a thin layer over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from podcast_dspy.settings import DEFAULT_VOICE, EnvironmentSettings, LossWeights, TrainingConfig
from podcast_dspy.workspace import Workspace, recording_seconds

if TYPE_CHECKING:
    from podcast_dspy.analysis.directions import Similarity
    from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.generation.script import Script
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import TrainingRun
    from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["GroundedSentence", "Workspace", "analyze", "compile", "ground", "load", "read_script", "score"]

Verdict = Literal["supported", "illustration", "contradicted", "no source"]


@dataclass(frozen=True, slots=True)
class GroundedSentence:
    """One sentence of a text, and what the paper says to it."""

    sentence: str
    verdict: Verdict
    """`supported`: a passage carries it; `illustration`: it claims nothing of the paper (a picture, a question, a
    greeting); `contradicted`: the passages about the same say otherwise; `no source`: nothing in the paper says it."""
    passages: tuple[DocumentAtom, ...]
    """The paper's passages that say most of it, best first."""
    reasons: tuple[str, ...]
    """What speaks against it, in plain words; none for what is supported or claims nothing."""


def load(path: Path | str | None = None, *, lm: str | None = None) -> Podcaster:
    """A podcaster from an exported profile; without one, from that which comes along, of the example podcasts.

    `lm` is the model that reads the papers, else the one in `PODCAST_DSPY_LM`, else the embedded one if the profile was
    trained with it. A profile never chooses: trained with another, its podcaster has to be given one.
    The format and the signature hash are checked first. Raises ProfileError when the profile comes from another
    version or from other signatures, or names a server or file, InputError when the file cannot be read.
    """
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.optimizers.artifacts import load_compiled
    from podcast_dspy.profiles import DEFAULT_PROFILE

    programs, envelope = load_compiled(Path(path or DEFAULT_PROFILE))
    trained = envelope.roles.get("lm", "embedded")
    chosen = lm or EnvironmentSettings().lm or ("embedded" if trained == "embedded" else None)
    return Podcaster(
        programs.podcast, envelope.profile, lm=chosen, trained_with=trained, depth=envelope.depth
    )


def analyze(pair: TrainingPair, *, lm: str = "embedded", profile: Path | str | None = None) -> TrainingPair:
    """A pair with its segments typed and aligned and its profiles extracted; see `Workspace.analyze`."""
    from podcast_dspy.optimizers.stage_tasks import analysed, analysis_of

    return analysed(pair, analysis_of(pair, lm=lm, profile=profile))


def score(
    script: Script | str,
    pair: TrainingPair,
    *,
    audio: Path | str | None = None,
    weights: LossWeights | Mapping[str, float] | None = None,
    judge: str = "measured",
    voice: str = DEFAULT_VOICE,
) -> LossMetrics:
    """All losses of a script against a pair.

    `audio` is the episode's own recording, whose duration is measured. Without it the times of a voiced script count,
    else the length predicted for `voice`, and `details["duration"]` says so. Plain text has no segments, so its
    structure is unscored, and with it the total. Raises AudioError, SettingsError.
    """
    from podcast_dspy.metrics import score_script

    chosen = weights if isinstance(weights, LossWeights) or weights is None else LossWeights(**weights)
    duration = None if audio is None else recording_seconds(audio)
    return score_script(
        script, pair, duration=duration, weights=chosen, judge=judge, trial_id="score", voice=voice
    )


def ground(
    text: Script | str, paper: DocumentGraph, *, similarity: Similarity = "embedded"
) -> tuple[GroundedSentence, ...]:
    """Each sentence of a text with the paper's passages behind it and a verdict on it.

    `similarity="lexical"` goes without the embedding model. Raises UsageError when the paper holds no text,
    PrerequisiteError when the embedding model is missing.
    """
    from podcast_dspy.analysis.verdicts import judge_sentences

    said = text if isinstance(text, str) else text.text
    atoms = {atom.atom_id: atom for atom in paper.atoms}
    return tuple(
        GroundedSentence(
            judged.sentence,
            "no source" if judged.verdict == "unsupported" else judged.verdict,
            tuple(atoms[passage.atom_id] for passage in judged.passages if passage.atom_id in atoms),
            judged.reasons,
        )
        for judged in judge_sentences(said, paper, similarity=similarity)
    )


def compile(
    workspace: Workspace | Path | str, config: TrainingConfig | None = None, **options: Any
) -> TrainingRun:
    """Train on a workspace's analysed pairs; see `Workspace.compile`."""
    place = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    return place.compile(config, **options)


def read_script(path: Path | str) -> Script | str:
    """A script from an episode folder, a `script.json`, or a text file. Raises InputError."""
    from pydantic import ValidationError

    from podcast_dspy.errors import InputError
    from podcast_dspy.generation.script import Script

    place = Path(path).expanduser()
    if place.is_dir():
        place = place / "script.json"
    try:
        text = place.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{place} cannot be read ({error}); give an episode folder or a script file"
        ) from error
    if place.suffix != ".json":
        return text
    try:
        return Script.model_validate_json(text)
    except ValidationError as error:
        raise InputError(
            f"{place} is no script; give the script.json that `podcast-dspy generate` wrote"
        ) from error
