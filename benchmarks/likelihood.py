"""Whether an embedded LM's likelihood of a sentence, given the ones before, tells what experts call coherent.

Experts ranked three summaries of each paper by coherence and fluency (LongSciVerify, `--data DIR`). For each summary:
how likely its tokens are on the whole, and by how much the sentences before make each sentence likelier (nats a token).
llama.cpp tells likelihoods of the next token only, so that every token is a request of its own.

    python benchmarks/likelihood.py --data DIR
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from agreement import ranked
from agreement_corpus import halves, summaries

from podcast_dspy.models import model_path
from podcast_dspy.text.words import split_sentences

_UNLIKELY = -12.0
_CANDIDATES = 400
"""The likeliest next tokens that are looked at; any other counts as a little less likely than the last of them."""


class Likelihood:
    """The small embedded LM, as a measure."""

    def __init__(self) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(model_path("smollm2-135m"))
        params.n_ctx, params.n_parallel, params.verbosity = 2048, 1, -1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._server: Any = xllamacpp.Server(params)

    def of(self, text: str, before: str) -> tuple[float, int]:
        """Log likelihood (nats) of a text behind another, and its tokens."""
        total, tokens, at = 0.0, 0, 0
        while at < len(text):
            asked = {
                "prompt": before + text[:at],
                "n_predict": 1,
                "n_probs": _CANDIDATES,
                "cache_prompt": True,
            }
            answer = self._server.handle_completions({**asked, "ignore_eos": True, "temperature": 0})
            found = answer["choices"][0]["logprobs"]  # none where the likeliest token is half of a letter
            likely = found["content"][0]["top_logprobs"] if found else []
            left = text[at:]
            fits = [one for one in likely if one["token"] and left.startswith(one["token"])]
            best = max(fits, key=lambda one: len(one["token"]), default=None)
            total += best["logprob"] if best else (likely[-1]["logprob"] if likely else _UNLIKELY) - 1.0
            at += len(best["token"]) if best else 1 + len(left[1:].split(" ")[0])
            tokens += 1
        return total, tokens


def measures(text: str, lm: Likelihood) -> dict[str, float]:
    """Likelihood a token, and what the sentences before add to it."""
    whole, tokens, gains = 0.0, 0, []
    before = "\n"
    for number, sentence in enumerate(split_sentences(text)):
        said = f" {sentence}"
        here, count = lm.of(said, before)
        if number:
            alone, _ = lm.of(said, "\n")
            gains.append((here - alone) / max(1, count))
        whole, tokens, before = whole + here, tokens + count, before + said
    return {"likelihood": whole / max(1, tokens), "given what came before": float(np.mean(gains or [0.0]))}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"), required=False)
    options = parser.parse_args()
    lm = Likelihood()
    for half in halves(options.data):
        ranked(half, summaries(options.data, half), lambda one: measures(one.capitalised, lm))
    return 0


if __name__ == "__main__":
    sys.exit(main())
