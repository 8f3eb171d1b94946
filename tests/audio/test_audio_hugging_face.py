"""A model of Hugging Face: fetched once from a hub (here one on this machine), then read from the cache."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from podcast_dspy.audio import get_voice
from podcast_dspy.models import model_path

NAME = "somebody/whisper-made-of-theirs"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HEAR = """
import sys
from podcast_dspy.audio import transcribe
from podcast_dspy.errors import PodcastError
for name in sys.argv[2:]:
    try:
        print(transcribe(sys.argv[1], stt="hf:" + name).transcript_text)
    except PodcastError as error:
        print(error, file=sys.stderr)
"""


class Hub(BaseHTTPRequestHandler):
    """Speaks as much of the hub's protocol as its client needs for a snapshot."""

    asked: list[str]
    folder: Path

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""

    def _answer(self, *, body: bool) -> None:
        type(self).asked.append(f"{self.command} {self.path}")
        files = sorted(file.name for file in self.folder.iterdir())
        name = self.path.rsplit("/", 1)[-1]
        if self.path.startswith(f"/api/models/{NAME}/revision/"):
            listing = {"id": NAME, "sha": COMMIT, "siblings": [{"rfilename": file} for file in files]}
            self._send(json.dumps(listing).encode(), body, "application/json")
        elif self.path.startswith(f"/api/models/{NAME}/tree/{COMMIT}"):
            entries = [
                {"type": "file", "path": file, "size": (self.folder / file).stat().st_size, "oid": file}
                for file in files
            ]
            self._send(json.dumps(entries).encode(), body, "application/json")
        elif self.path == f"/{NAME}/resolve/{COMMIT}/{name}" and name in files:
            self._send((self.folder / name).read_bytes(), body, "application/octet-stream")
        else:
            self.send_error(404)

    def _send(self, content: bytes, body: bool, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """Address of a hub that holds the embedded model under another name, and what it was asked."""
    handler = type("OneHub", (Hub,), {"asked": [], "folder": model_path("whisper-tiny.en")})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hear(tmp_path: Path, write: Callable) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`hear(address, *names)` transcribes a sentence in a process of its own, whose hub has that address."""
    voice = get_voice("piper:joe")
    sound = voice.synthesize("The filter never forgets.")
    pause = np.zeros(voice.sample_rate // 2, np.float32)
    recording = write("said.wav", np.concatenate([pause, sound, pause]), voice.sample_rate)

    def run(address: str, *names: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        environment |= {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
        return subprocess.run(
            [sys.executable, "-c", HEAR, str(recording), *names],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.mark.models
def test_a_model_is_fetched_and_kept_and_one_that_is_not_there_is_named(
    hub: tuple[str, list[str]], hear: Callable
) -> None:
    address, asked = hub
    first = hear(address, "somebody/no-such-model", NAME)
    assert first.returncode == 0, first.stderr
    assert "hf:somebody/no-such-model could not be fetched" in first.stderr
    assert len(first.stderr.strip().splitlines()) == 1
    assert "filter never forgets" in first.stdout.lower()
    assert f"GET /{NAME}/resolve/{COMMIT}/model.bin" in asked
    offline = hear("http://127.0.0.1:9", NAME)  # nobody answers there
    assert offline.stdout == first.stdout
