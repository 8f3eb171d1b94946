"""`generate`: an episode about a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from podcast_dspy.cli.episodes import music_of, plan_result, script_result
from podcast_dspy.cli.output import check_writable, warn, working
from podcast_dspy.cli.shared import (
    Asking,
    Depth,
    DryRun,
    LexiconFile,
    Limits,
    OnCluster,
    ProfileFile,
    Result,
    ThroughStore,
    argument,
    check_prices,
    chosen_lexicon,
    command,
    compiled_profile,
    episodes_folder,
    forecast_result,
    new_app,
    open_workspace,
    option,
    spent_data,
    spent_lines,
)
from podcast_dspy.cli.visuals import check_lines, film

root = new_app()


@command(root)
def generate(
    paper: Annotated[
        str,
        argument("PAPER", "The paper: PDF, HTML, Markdown, .docx or text file, or an http(s) address."),
    ],
    profile: ProfileFile = None,
    minutes: Annotated[
        float | None, option("N", "Length to aim at, 0.5 to 90.  [default: by --depth]")
    ] = None,
    depth: Annotated[
        Depth | None,
        option(
            None,
            "How long and deep: 3-5, 10-15, 20-30 or 45+ minutes.  [default: what the profile was compiled for]",
        ),
    ] = None,
    told: Annotated[
        Literal["explainer", "dialogue"],
        option(
            None,
            "Told by one host, or by two: one asks, one explains, which needs a capable --lm.",
            "--format",
        ),
    ] = "explainer",
    voice: Annotated[
        str | None,
        option(
            "VOICE",
            "Voice to speak with; see voices list.  [default: kokoro:af_heart, or the language's first]",
        ),
    ] = None,
    second_voice: Annotated[
        str | None,
        option(
            "VOICE",
            "Voice that asks in a dialogue.  [default: kokoro:am_michael, or kokoro:af_heart beside a male voice]",
        ),
    ] = None,
    language: Annotated[
        str | None,
        option(
            "CODE",
            "Language of the episode: de, en, es, fr or it. Any but English takes a capable --lm and a voice that "
            "speaks it.  [default: the paper's]",
        ),
    ] = None,
    lm: Annotated[
        str | None,
        option(
            "MODEL",
            "Model that writes: embedded, openai/NAME, anthropic/NAME, ollama_chat/NAME, gguf:PATH.  "
            "[default: embedded; must be named if the profile was compiled with another]",
            envvar="PODCAST_DSPY_LM",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        option(
            "DIR",
            "Folder of the episode.  [default: episodes/NAME in the workspace, or here without one; "
            "NAME-2 if that is another paper's]",
        ),
    ] = None,
    audio_format: Annotated[
        Literal["mp3", "opus", "wav"], option(None, "What the audio is written as.")
    ] = "mp3",
    stereo: Annotated[
        bool,
        option(None, "Two hosts a little apart, one voice in the middle.  [default: mono]", "--stereo"),
    ] = False,
    cover: Annotated[
        Path | None,
        option("FILE", "Cover picture, put into the audio: PNG or JPEG, square, 1400 to 3000 pixels."),
    ] = None,
    rss: Annotated[
        str | None,
        option(
            "URL",
            "Also write rss.xml, a feed with this episode; URL is where you will put the folder's files.",
        ),
    ] = None,
    show: Annotated[
        str | None,
        option("NAME", "Name of the show, in the tags and the feed.  [default: of show.toml]"),
    ] = None,
    author: Annotated[str | None, option("NAME", "Who makes the show.  [default: of show.toml]")] = None,
    email: Annotated[
        str | None,
        option("ADDRESS", "Where directories reach its owner.  [default: of show.toml]"),
    ] = None,
    category: Annotated[
        str | None,
        option(
            "NAME",
            'Category of the feed, such as "Science > Physics".  [default: of show.toml, else Science]',
        ),
    ] = None,
    intro: Annotated[
        Path | None,
        option("FILE", "Music to begin with: at most its first 30 seconds, faded."),
    ] = None,
    outro: Annotated[Path | None, option("FILE", "Music to end with, in the same way.")] = None,
    plan_only: Annotated[
        bool, option(None, "Write plan.json and nothing else, for --from-plan.", "--plan-only")
    ] = False,
    from_plan: Annotated[Path | None, option("FILE", "Follow a plan.json, edited or not.")] = None,
    script_only: Annotated[
        bool, option(None, "Write the script and voice nothing; revoice does that.", "--script-only")
    ] = False,
    from_script: Annotated[
        Path | None,
        option("FILE", "Voice a script.md or script.json as it is."),
    ] = None,
    video: Annotated[
        bool, option(None, "Also render video.mp4, as `visuals render` does.", "--video")
    ] = False,
    lexicon: LexiconFile = None,
    anyway: Annotated[
        bool, option(None, "Go on with a paper whose reading has low confidence.", "--anyway")
    ] = False,
    *,
    limits: Limits,
    dry_run: DryRun = False,
    asking: Asking,
    cluster: OnCluster = None,
    store: ThroughStore = None,
) -> Result:
    """Write and voice an episode about a paper.

    The folder gets the audio with chapters and transcript in its tags, the script, captions (VTT and SRT),
    Podcasting 2.0 chapters and transcript (JSON), and a timeline of visuals, checked against the speech; in a
    dialogue all say who speaks. The length is measured on the audio and corrected; what the paper does not say is not
    voiced.

    What speaks against the reading of the paper (words with holes, say) is told before anything is written;
    with low confidence the command stops there, unless --anyway is given. What a feed says of the show may stand in
    show.toml of the workspace: name, author, email,
    category, site, description, explicit.

    Plan and script can be edited before they are used (--plan-only, --script-only), and a finished episode after
    (redo, revoice, episode); docs/editing.md shows how.

    A paper in German, Spanish, French or Italian gives an episode in its language, with a capable LM and a voice that
    speaks it; docs/languages.md tells which do.

    A limit that is reached ends the command without an episode; the answers so far are kept, and the same command with
    a higher limit goes on from them.

    \b
    Examples:
      podcast-dspy generate new.pdf --profile podcast_profile_v1.json
      podcast-dspy generate https://example.org/paper.html --minutes 4 --voice piper:joe --output out
      podcast-dspy generate new.pdf --depth deep_dive --lm SMALL_MODEL
      podcast-dspy generate new.pdf --lm SMALL_MODEL --max-cost 1.50
      podcast-dspy generate new.pdf --lm SMALL_MODEL --format dialogue
      podcast-dspy generate new.pdf --lm SMALL_MODEL --dry-run
      podcast-dspy generate new.pdf --lm SMALL_MODEL --language fr --voice kokoro:ff_siwis --dry-run
      podcast-dspy generate new.pdf --audio-format opus --stereo --cover cover.png --lexicon names.toml
      podcast-dspy generate new.pdf --video
      podcast-dspy generate new.pdf --cover cover.jpg --show "Journal club" --rss https://example.org/show/
      podcast-dspy generate new.pdf --rss https://example.org/show/ --author "Ann Lee" --email ann@example.org
      podcast-dspy generate new.pdf --plan-only --output draft
      podcast-dspy generate new.pdf --from-plan draft/plan.json --script-only --output draft
      podcast-dspy generate new.pdf --from-script draft/script.md --intro jingle.mp3 --output draft
    """
    from podcast_dspy.audio.feed import SHOW_FILE, read_show
    from podcast_dspy.documents import is_address, local_material
    from podcast_dspy.errors import UsageError
    from podcast_dspy.generation.publishing import (
        PaperKey,
        check_place,
        check_publishing,
        folder_name,
        free_folder,
    )

    # All this would otherwise be found out only after minutes of work.
    if not is_address(paper):
        local_material(paper)
    if (plan_only and (script_only or from_plan or from_script)) or (
        from_script and (script_only or from_plan)
    ):
        raise UsageError(
            "--plan-only, --script-only and --from-script each begin or end somewhere else; give one of them "
            "(--from-plan and --script-only go together)"
        )
    key = PaperKey.unread(paper)
    folder = output or free_folder(episodes_folder() / folder_name(paper), key)
    check_place(folder, key)
    check_writable(folder)
    check_publishing(cover, rss)
    music = music_of(intro, outro)
    if from_plan:
        from podcast_dspy.generation.script_files import read_plan

        plan = read_plan(from_plan)
    described = read_show(
        open_workspace().tree.path(SHOW_FILE), name=show, author=author, email=email, category=category
    )
    respelled = chosen_lexicon(lexicon)
    compiled = compiled_profile(profile)
    budget = limits.budget()
    from podcast_dspy.api import load
    from podcast_dspy.cluster import on_cluster
    from podcast_dspy.lms import CostLedger, calling

    stopped = "No episode was written; run the same command to make it."
    with working(stopped=stopped):
        podcaster = load(compiled, lm=lm)
    check_prices(budget, {"writer": podcaster.lm})
    if dry_run:
        return forecast_result(
            podcaster.forecast(paper, depth=depth, minutes=minutes, episode_format=told, language=language)
        )
    ledger = CostLedger(budget)
    with (
        working(stopped=stopped) as report,
        calling(timeout=asking.timeout, fresh=asking.fresh),
        ledger,
        on_cluster(cluster, store, report),
    ):
        from podcast_dspy.generation.episode_folder import being_made
        from podcast_dspy.store import Tree

        options: dict[str, Any] = {
            "depth": depth,
            "minutes": minutes,
            "episode_format": told,
            "voice": voice,
            "second_voice": second_voice,
            "language": language,
            "lexicon": respelled,
            "images_dir": folder / "figures",
            "anyway": anyway,
            "on_doubt": warn,
            "progress": report,
        }
        saving: dict[str, Any] = {
            "audio_format": audio_format,
            "cover": cover,
            "rss": rss,
            "show": described,
            "stereo": stereo,
        }
        if from_plan:
            options["plan"] = plan
        with being_made(folder):
            if plan_only:
                planned = podcaster.plan(paper, **options)
                written_to = Tree(folder).write_model("plan.json", planned)
            elif script_only:
                unvoiced = podcaster.write(paper, **options)
                written_to = unvoiced.save(folder, music=music, **saving)
            else:
                if from_script:
                    options["script"] = from_script
                if music:
                    options["music"] = music
                episode = podcaster(paper, **options)
                files = episode.save(folder, **saving)
    if plan_only:
        return plan_result(written_to, planned, ledger.spent)
    if script_only:
        return script_result(written_to, unvoiced, ledger.spent)
    rendered = film(folder) if video else None
    from podcast_dspy.reports import clock

    data = {
        "title": episode.script.title,
        "files": files,
        "seconds": files.seconds,
        "target_seconds": episode.plan.target_seconds,
        "words": episode.script.words,
        "format": told,
        "voice": episode.voice,
        "second_voice": episode.second_voice,
        "language": episode.script.language,
        "model_units": episode.model_units,
        "source_units": episode.source_units,
        "chapters": episode.chapters,
        "confidence": episode.confidence,
        "doubts": episode.doubts,
        "video": rendered,
        "ledger": spent_data(ledger.spent),
    }
    own, quoted = episode.model_units, episode.source_units
    said = f"{own} statements in the model's words, {quoted} in the paper's\n"
    if not own:
        said = f"an extract: {quoted} statements, all in the paper's own words\n"
    text = (
        f"{episode.script.title}\n"
        f"{clock(files.seconds)} (asked for {clock(episode.plan.target_seconds)}), {episode.script.words} words, "
        f"voice {' and '.join(filter(None, (episode.voice, episode.second_voice)))}\n"
        f"{'' if from_script else said}"
        f"{files.audio}"
    )
    lines = (text, *([str(rendered.video)] if rendered else []), *check_lines(files.timeline))
    remarks = [f"note: {doubt.message}" for doubt in episode.doubts]
    remarks += [f"{files.rss} lacks {want}." for want in files.rss_lacks]
    return "\n".join((*lines, *spent_lines(ledger.spent))), data, *remarks
