"""Measures the embedded language model and the embeddings: speed, DSPy's share, determinism, and a long soak.

python benchmarks/engine.py              all but the soak
python benchmarks/engine.py --soak 2000  with 2,000 constrained requests from 4 threads
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import dspy
from dspy import lm15

from podcast_dspy import lms, models
from podcast_dspy.lms.engine import EmbeddedEngine, embedded_engine

SENTENCES = [
    "Welcome back to the show, where we read one paper a week.",
    "They train the network with gradient descent on small batches.",
    "Accuracy rises by nine points over the old method.",
    "One limitation is that only English texts were tried.",
    "And that is all for today, thanks for listening.",
]
KINDS = ["intro", "method", "result", "limitation", "conclusion"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"kind": {"enum": KINDS}},
    "required": ["kind"],
    "additionalProperties": False,
}


class Label(dspy.Signature):  # type: ignore[misc]
    """Say what the sentence of a podcast is for."""

    sentence: str = dspy.InputField()
    kind: Literal["intro", "method", "result", "limitation", "conclusion"] = dspy.OutputField()


def request(text: str, *, tokens: int, schema: bool, temperature: float = 0.0, seed: int = 0) -> lm15.Request:
    """A request as an adapter would make it, but short."""
    format_ = {"type": "json_schema", "name": "answer", "schema": SCHEMA} if schema else None
    return lm15.Request(
        model="local/benchmark",
        system="You label sentences of a podcast. Answer with JSON.",
        messages=(lm15.Message.user(text),),
        config=lm15.Config(max_tokens=tokens, response_format=format_, temperature=temperature, seed=seed),
    )


@contextmanager
def clocked() -> Iterator[dict[str, float]]:
    """Wall and processor seconds of the block."""
    wall, cpu = time.perf_counter(), time.process_time()
    took: dict[str, float] = {}
    yield took
    took |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def ask_all(
    engine: EmbeddedEngine, asked: list[lm15.Request], threads: int
) -> tuple[list[lm15.Response], list[float]]:
    """Answers in order, and the seconds that each caller waited."""

    def one(item: lm15.Request) -> tuple[lm15.Response, float]:
        started = time.perf_counter()
        return engine.complete(item), time.perf_counter() - started

    with ThreadPoolExecutor(threads) as pool:
        pairs = list(pool.map(one, asked))
    return [answer for answer, _ in pairs], [seconds for _, seconds in pairs]


def speed(out: Callable[[str], None]) -> None:
    """Tokens per second, free and constrained."""
    out("decoding     tokens/s  tokens/processor-second")
    engine = EmbeddedEngine(models.model_path("smollm2-135m"))
    ask_all(engine, [request("1", tokens=1, schema=False)], 1)
    for schema in (False, True):
        asked = [request(f"{SENTENCES[i % 5]} Explain. ({i})", tokens=64, schema=schema) for i in range(12)]
        with clocked() as took:
            answers, _ = ask_all(engine, asked, 1)
        tokens = sum(answer.usage.output_tokens or 0 for answer in answers)
        name = "constrained" if schema else "free"
        out(f"{name:11}  {tokens / took['wall']:8.0f}  {tokens / took['cpu']:8.0f}")
    engine.close()


def prefix(out: Callable[[str], None]) -> None:
    """What a known prefix saves: the same demonstrations with another sentence."""
    engine = EmbeddedEngine(models.model_path("smollm2-135m"))
    demos = "\n".join(f"{i}. {SENTENCES[i % 5]} -> {KINDS[i % 5]}" for i in range(25))
    first, later = (request(f"{demos}\n{s}", tokens=1, schema=False) for s in SENTENCES[:2])
    with clocked() as cold:
        answer = engine.complete(first)
    with clocked() as warm:
        engine.complete(later)
    engine.close()
    out(f"a prompt of {answer.usage.input_tokens} tokens: {cold['cpu']:.2f} processor-seconds, "
        f"{warm['cpu']:.2f} when its beginning is known")  # fmt: skip


def layer(out: Callable[[str], None]) -> None:
    """Seconds that DSPy adds to a call: a cached answer, and a call beside the engine's own time."""
    with lms.use("embedded") as lm:
        predict = dspy.Predict(Label)
        predict(sentence=SENTENCES[0])
        with clocked() as cached:
            for _ in range(50):
                predict(sentence=SENTENCES[0])
        inside = 0.0
        engine = embedded_engine()
        complete = engine.complete

        def timed(item: lm15.Request) -> lm15.Response:
            nonlocal inside
            started = time.perf_counter()
            try:
                return complete(item)
            finally:
                inside += time.perf_counter() - started

        engine.complete = timed  # type: ignore[method-assign]
        predict.lm = lm.copy(cache=False)
        with clocked() as called:
            for sentence in SENTENCES:
                predict(sentence=sentence)
        del engine.complete  # type: ignore[method-assign]
    out(f"DSPy: {cached['wall'] / 50 * 1000:.1f} ms for a cached answer; a call takes "
        f"{called['wall'] / 5:.2f} s, of which {(called['wall'] - inside) / 5 * 1000:.1f} ms are its own")  # fmt: skip


def determinism(out: Callable[[str], None], count: int = 30) -> None:
    """How many answers are the same, fresh and alone against shuffled, cached and from several threads."""
    asked = [
        request(f"{SENTENCES[i % 5]} ({i})", tokens=24, schema=i % 2 == 0, temperature=(i % 3) * 0.4, seed=i)
        for i in range(count)
    ]
    engine = EmbeddedEngine(models.model_path("smollm2-135m"))
    fresh = []
    for item in asked:
        engine.close()
        fresh.append(engine.complete(item).message.text)
    engine.close()
    answers, _ = ask_all(engine, asked[::-1] + asked, 4)
    engine.close()
    same = sum(a.message.text == b for a, b in zip(answers, fresh[::-1] + fresh, strict=True))
    out(f"determinism: {same} of {2 * count} answers from 4 threads are those of a fresh model")


def embeddings(out: Callable[[str], None]) -> None:
    """Milliseconds a sentence."""
    texts = [f"{sentence} Number {index}." for index in range(40) for sentence in SENTENCES]
    lms.embed(["warm"])
    with clocked() as batch:
        lms.embed(texts)
    with clocked() as known:
        lms.embed(texts)
    with clocked() as single:
        for text in texts[:40]:
            lms.embed([text], kind="query")
    out(f"embeddings: {batch['wall'] / len(texts) * 1000:.1f} ms a sentence in a batch, "
        f"{single['wall'] / 40 * 1000:.1f} ms alone, {known['wall'] / len(texts) * 1000:.3f} ms known")  # fmt: skip


def soak(out: Callable[[str], None], count: int) -> None:
    """Many constrained requests from four threads; none may be in its slot for over 10 seconds."""
    engine = EmbeddedEngine(models.model_path("smollm2-135m"), time_limit=10.0)
    asked = [request(f"{SENTENCES[i % 5]} ({i % 50})", tokens=24, schema=True) for i in range(count)]
    with clocked() as took:
        answers, waited = ask_all(engine, asked, 4)
    engine.close()
    texts = [answer.message.text for answer in answers]
    kinds = [json.loads(text or "{}")["kind"] in KINDS for text in texts]
    same = sum(text == texts[index % 50] for index, text in enumerate(texts))
    out(f"soak: {count} requests in {took['wall']:.0f} s ({took['cpu']:.0f} processor-seconds); waited "
        f"{statistics.median(waited):.2f} s (median), {max(waited):.2f} s (worst); {sum(kinds)} keep to the "
        f"schema; {same} are the same as before")  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="also N constrained requests")
    chosen = parser.parse_args()
    where = models.models_dir()
    with tempfile.TemporaryDirectory() as cache:
        # Memos of its own, so that nothing is remembered; the models stay where they are.
        (Path(cache) / "models").symlink_to(where, target_is_directory=True)
        os.environ["PODCAST_DSPY_CACHE"] = cache
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {models.model_slots()} slots")
        for measure in (speed, prefix, layer, determinism, embeddings):
            measure(print)
        if chosen.soak:
            soak(print, chosen.soak)


if __name__ == "__main__":
    main()
