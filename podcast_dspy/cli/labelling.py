"""`label`: a person gives an episode's sentences their types, at a terminal with sound, or from a file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from podcast_dspy.cli.output import plain
from podcast_dspy.cli.shared import AsJson, Result, argument, command, new_app, open_workspace, option

if TYPE_CHECKING:
    from rich.console import RenderableType

    from podcast_dspy.audio.decoding import Sound
    from podcast_dspy.pairs.labels import Labelling
    from podcast_dspy.pairs.pair import TrainingPair
    from podcast_dspy.signatures.types import SegmentType
    from podcast_dspy.workspace import Workspace

_HELP: Final = (
    "Enter as before · x none · u undo · ↑↓ move · g next without a type · Space hear it · "
    "[ ] its segment begins earlier, later · ? what the types mean · q quit"
)
_KEY: Final = re.compile(r"\x1b(?:\[|O)[A-D]|\x1b|.", re.DOTALL)
"""What a read of the terminal holds may be several keys; arrows are three characters."""
_STEP: Final = 0.5
_BEFORE: Final = 2.0
"""Seconds that are heard before a sentence, so that a boundary can be judged."""
_LONGEST: Final = 15.0
_AROUND: Final = 5
_PLAYERS: Final = (("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"), ("aplay", "-q"), ("afplay",))


def _types() -> dict[str, SegmentType]:
    """The segment types by the keys that give them."""
    from podcast_dspy.signatures.types import SEGMENT_TYPES

    return {kind.row.key: kind for kind in SEGMENT_TYPES if kind.row.key}


root = new_app()


@command(root)
def label(
    pair: Annotated[str, argument("PAIR", "Id of the pair.")],
    source: Annotated[
        Path | None,
        option("FILE", "Take the labels of a JSON or CSV file instead of asking.", "--from"),
    ] = None,
    as_json: AsJson = False,
) -> Result:
    """Say what each sentence of a podcast does.

    The transcript is shown sentence by sentence; a key gives the sentence its type and goes on to the next. Space
    plays it, with what comes before, if ffplay, aplay or afplay is there. Every change is saved at once, so stop at any
    time and go on with the same command. With labels the classifier learns your show, and `analyze` follows them.

    With --json the labels are printed and nothing is asked; --from reads what that printed.

    \b
    Examples:
      podcast-dspy label bloom-filters --from segments.csv
      podcast-dspy label bloom-filters --json > labels.json
      podcast-dspy label bloom-filters --from labels.json --json
    """
    from podcast_dspy.errors import UsageError
    from podcast_dspy.pairs.labels import Labelling, read_labels

    workspace = open_workspace()
    if source is not None:
        workspace.label(pair, read_labels(source))
    found = workspace.pair(pair)
    if source is None and not as_json:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "labelling asks at a terminal; give labels with --from FILE, or print them with --json"
            )
        if not found.transcription.segments:
            raise UsageError(f"the transcript of {pair} has no sentences to label")
        _Screen(workspace, found).run()
        found = workspace.pair(pair)
    labelling = Labelling(found.transcription.segments, found.labels)
    count = sum(labelling.at(index) is not None for index in range(len(labelling.sentences)))
    data = {
        "pair_id": pair,
        "segments": found.labels,
        "labelled": count,
        "sentences": len(labelling.sentences),
    }
    text = (
        f"{pair}: {count} of {len(labelling.sentences)} sentences labelled, in {len(found.labels)} segments"
    )
    fresh = found.labels and found.aligned_segments is None
    return text, data, *([f"next: podcast-dspy analyze {pair}"] if fresh else [])


@contextmanager
def _keys() -> Iterator[Callable[[], str]]:
    """What reads the keys pressed since, waiting for one. Unlike `getchar`, none is lost while the screen is drawn."""
    try:
        import termios
        import tty
    except ImportError:  # Windows, whose console keeps them
        yield typer.getchar
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda: os.read(terminal, 1024).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class _Screen:
    """One session at the terminal."""

    def __init__(self, workspace: Workspace, pair: TrainingPair) -> None:
        from podcast_dspy.pairs.labels import Labelling

        self._workspace, self._pair = workspace, pair
        self._labelling: Labelling = Labelling(pair.transcription.segments, pair.labels)
        self._place = self._labelling.unlabelled() or 0
        self._places: list[int] = []
        """Where each change was made, for undo."""
        self._told = ""
        self._sound: Sound | None = None
        self._playing: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="podcast-dspy-")

    def run(self) -> None:
        """Answer keys until the person leaves."""
        from rich.console import Console

        console = Console(highlight=False)
        try:
            with _keys() as read:
                while True:
                    console.clear()
                    console.print(self._view())
                    self._told = ""
                    for key in _KEY.findall(read()) or "q":  # nothing to read: the terminal is gone
                        if key in ("q", "\x1b", "\x04"):
                            return
                        self._answer(key)
        finally:
            self._hush()
            self._folder.cleanup()

    def _answer(self, key: str) -> None:
        from podcast_dspy.signatures.types import SegmentType

        types = _types()
        work, place, last = self._labelling, self._place, len(self._labelling.sentences) - 1
        before = work.spans
        if key in types:
            work.label(place, types[key])
            self._place = min(place + 1, last)
        elif key in "\r\n":
            previous = work.at(place - 1) if place else None
            if previous is None:
                self._told = "the sentence before has no type"
            else:
                work.label(place, SegmentType(previous.segment_type))
                self._place = min(place + 1, last)
        elif key == "x":
            work.label(place, None)
        elif key == "u":
            if work.undo():
                self._place = self._places.pop()
            else:
                self._told = "nothing to undo in this session"
        elif key in ("\x1b[A", "\x1bOA"):
            self._place = max(place - 1, 0)
        elif key in ("\x1b[B", "\x1bOB"):
            self._place = min(place + 1, last)
        elif key in "[]":
            work.move(place, _STEP if key == "]" else -_STEP)
        elif key == "g":
            free = work.unlabelled(place)
            self._place, self._told = (place, "every sentence has a type") if free is None else (free, "")
        elif key == " ":
            self._play()
        elif key == "?":
            self._told = "\n".join(f"{kind}: {kind.row.means}" for kind in types.values())
        else:
            self._told = f"the key {key!r} means nothing here"
        if work.spans != before:
            if key != "u":
                self._places.append(place)
            self._workspace.label(self._pair.pair_id, work.spans)

    def _view(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        from podcast_dspy.reports import clock

        work = self._labelling
        count = len(work.sentences)
        done = sum(work.at(index) is not None for index in range(count))
        head = Text(plain(f"{self._pair.pair_id}: {self._pair.document_graph.title}"), style="bold")
        table = Table(box=None, show_header=False, padding=(0, 1), expand=True)
        for style in ("bold", "dim", "", ""):
            table.add_column(style=style, no_wrap=style != "", ratio=1 if style == "" else None)
        table.columns[2].ratio, table.columns[2].width = None, max(map(len, _types().values()))
        first = max(0, min(self._place - _AROUND, count - 2 * _AROUND - 1))
        for index in range(first, min(count, first + 2 * _AROUND + 1)):
            span, sentence = work.at(index), work.sentences[index]
            name = span.segment_type if span else "·"
            begins = span is not None and (index == 0 or work.at(index - 1) is not span)
            text = f"{sentence.speaker}: {sentence.text}" if sentence.speaker else sentence.text
            table.add_row(
                "▶" if index == self._place else "",
                clock(sentence.start_time),
                Text(name, style="bold cyan" if begins else "cyan"),
                Text(plain(text), style="bold" if index == self._place else ""),
            )
        here = work.at(self._place)
        where = (
            f"{here.segment_type} from {here.start_time:.1f} to {here.end_time:.1f} s"
            if here
            else "without a type"
        )
        legend = "  ".join(f"{key}={name}" for key, name in _types().items())
        return Group(
            head,
            Text(f"{done} of {count} sentences labelled; this one: {where}", style="dim"),
            "",
            table,
            "",
            Text(legend),
            Text(_HELP, style="dim"),
            Text(plain(self._told), style="yellow"),
        )

    def _play(self) -> None:
        """Play the sentence with what comes before it; says so where that cannot be done."""
        from podcast_dspy.audio.audio_writer import encode
        from podcast_dspy.audio.decoding import SPEECH_RATE, decode_recording
        from podcast_dspy.errors import PodcastError

        self._hush()
        player = next((words for words in _PLAYERS if shutil.which(words[0])), None)
        if player is None:
            self._told = "no player found: install ffmpeg (ffplay), or use aplay or afplay"
            return
        sentence = self._labelling.sentences[self._place]
        start = max(0.0, sentence.start_time - _BEFORE)
        end = min(sentence.end_time, start + _LONGEST)
        try:
            if self._sound is None:
                self._sound = decode_recording(self._pair.audio_path)
            samples = self._sound[int(start * SPEECH_RATE) : int(end * SPEECH_RATE)]
            file = Path(self._folder.name) / "piece.wav"
            encode(file, samples, SPEECH_RATE, ".wav")
            quiet = subprocess.DEVNULL
            self._playing = subprocess.Popen([*player, str(file)], stdin=quiet, stdout=quiet, stderr=quiet)
        except (PodcastError, OSError) as error:
            self._told = f"it cannot be played: {error}"
        else:
            self._told = f"playing {start:.1f} to {end:.1f} s with {player[0]}"

    def _hush(self) -> None:
        if self._playing is not None:
            self._playing.terminate()
            self._playing.wait()
            self._playing = None
