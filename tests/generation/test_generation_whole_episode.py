"""A whole episode by a capable LM, over the wire: an OpenAI-compatible server on this machine plays the LM."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from test_generation_planner import paper, profile

from podcast_dspy import lms
from podcast_dspy.errors import ModelError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.segment_writer import SegmentWriter
from podcast_dspy.generation.writer import spoken_words

pytestmark = pytest.mark.models

INVENTED = "Doctor Miranda Holloway of Oslo praised it 4321 times."


class Host:
    """Tells the passages that it is given in nearly their own words, and adds an invention to each segment."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = self.tell
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = asked["messages"][-1]["content"]
                host.asked.append(prompt)
                message = {"role": "assistant", "content": host.answer(prompt)}
                usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
                body: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                raw = json.dumps(body | {"choices": [choice], "usage": usage}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.role = f"host@http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def tell(prompt: str) -> str:
        passages = json.loads(_field(prompt, "passages"))
        told = [f"Well, {passage[0].lower()}{passage[1:]}" for passage in passages]
        return json.dumps({"text": " ".join((*told, INVENTED))})


def _field(prompt: str, name: str) -> str:
    found = re.search(rf"\[\[ ## {name} ## \]\]\n(.*?)\n\n", prompt, re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def host() -> Iterator[Host]:
    fake = Host()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def write(host: Host) -> Any:
    with lms.use(host.role, cache=False, num_retries=0):
        return PodcastProgram().write(paper(), profile(), seconds=300.0, writer=SegmentWriter())


def test_the_lms_words_are_spoken_and_its_inventions_are_not(host: Host) -> None:
    episode = write(host)
    assert episode.model_units >= 5
    assert episode.source_units == 0
    assert "Well, sentence" in episode.script.text
    assert "Holloway" not in episode.script.text
    assert any("4321" in reason for reason in episode.rejections)


def test_each_segment_goes_on_from_what_was_said(host: Host) -> None:
    write(host)
    befores = [_field(prompt, "said_before") for prompt in host.asked]
    assert all(befores)
    assert len(set(befores)) >= 5


def test_a_segment_without_material_asks_nothing_and_no_text_is_empty(host: Host) -> None:
    episode = write(host)
    assert all(segment.text.strip() for segment in episode.script.segments)
    assert spoken_words(episode.script.text) > 200


def test_an_lm_that_answers_nonsense_is_an_error_in_one_sentence(host: Host) -> None:
    host.answer = lambda prompt: "no"
    with pytest.raises(ModelError) as caught:
        write(host)
    assert "\n" not in str(caught.value)
