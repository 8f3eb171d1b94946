"""The public functions: analyse, score, ground, compile, load; and the demonstration of all on the example corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import InputError
from podcast_dspy.settings import (
    DEFAULT_VOICE,
    EnvironmentSettings,
    LossWeights,
    ModelRoles,
    PodcastDepth,
    TrainingConfig,
)
from podcast_dspy.workspace import Progress, Workspace, recording_seconds

if TYPE_CHECKING:
    from podcast_dspy.analysis.closeness import Similarity
    from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.generation.script import Script
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import TrainingRun
    from podcast_dspy.pairs.pair import TrainingPair


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
    from podcast_dspy.analysis.grounding import judge_sentences

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


_MINUTES = 4.0
_TRIALS = 2


class DemoResult(BaseModel):
    """Where the demonstration left its results, and what it measured."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    workspace: Path
    profile: Path
    episode: Path
    report: Path
    held_out_pair: str
    baseline_loss: float
    """Total loss of the uncompiled program on the held-out pair (0-1)."""
    compiled_loss: float
    """Total loss of the compiled program on the held-out pair (0-1)."""
    training_baseline_loss: float
    """Mean total loss of the uncompiled program on the pairs that are trained on (0-1)."""
    training_compiled_loss: float
    """Mean total loss of the compiled program on the pairs that are trained on (0-1)."""
    uncompiled: bool
    """Whether the uncompiled program was kept, since no trial gained more than chance."""
    episode_seconds: float


def examples_folder(given: Path | None = None) -> Path:
    """The example corpus: the folder given, else `examples/` beside the package or in the current folder.

    Raises InputError when there is none: the corpus is part of the repository, not of the installed package.
    """
    places = (
        [given] if given else [Path(__file__).resolve().parent.parent / "examples", Path.cwd() / "examples"]
    )
    for place in places:
        if (place / "pairs").is_dir():
            return place
    raise InputError(
        "the example corpus is not here; clone the repository, or name its folder with --examples"
    )


def run_demo(
    output: Path,
    *,
    examples: Path | None = None,
    progress: Progress,
) -> DemoResult:
    """Ingest four pairs, analyse, train with one pair held out, export, and make an episode of an unseen paper.

    A second run goes on where the first one stopped. Raises what the steps raise.
    """
    corpus = examples_folder(examples)
    workspace = Workspace(output / "workspace")
    names = ingest_examples(workspace, corpus, progress)
    workspace.analyze_all(progress=progress)
    held_out = names[-1]
    config = TrainingConfig(
        max_trials=_TRIALS, target_depth=PodcastDepth.OVERVIEW, holdout=held_out, roles=ModelRoles()
    )
    run = workspace.compile(config, resume=workspace.can_resume(config), progress=progress)
    profile = workspace.export(output / "podcast_profile_v1.json")
    paper = next(iter(sorted((corpus / "unseen").glob("*/paper.pdf"))))
    episode_folder = output / "episode"
    episode = load(profile)(paper, minutes=_MINUTES, images_dir=episode_folder / "figures", progress=progress)
    files = episode.save(episode_folder)
    report = workspace.report(output / "report.html")
    return DemoResult(
        workspace=workspace.path,
        profile=profile,
        episode=files.folder,
        report=report,
        held_out_pair=held_out,
        baseline_loss=run.baseline.held_out_loss(),
        compiled_loss=run.best.held_out_loss(),
        training_baseline_loss=run.baseline.avg_total_loss,
        training_compiled_loss=run.best.avg_total_loss,
        uncompiled=run.best.trial_id == run.baseline.trial_id,
        episode_seconds=files.seconds,
    )


def ingest_examples(workspace: Workspace, corpus: Path, progress: Progress) -> list[str]:
    """Ingest the corpus's pairs; the ids of all, sorted. Raises what keeps one of them."""
    ingested = workspace.ingest_all(corpus / "pairs", source="examples", progress=progress)
    for error in ingested.failed.values():
        raise error
    if len(ingested.pairs) < 2:
        raise InputError(
            f"{corpus / 'pairs'} holds fewer than two pairs; restore it with `git checkout examples`"
        )
    return [pair.pair_id for pair in ingested.pairs]
