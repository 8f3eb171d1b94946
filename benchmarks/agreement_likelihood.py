"""How likely the embedded LM holds each sentence after the ones before it: tried as a measure of coherence.

llama.cpp's server gives likelihoods of what it generates and none of a prompt, so that each token is asked for on its
own: the likeliest thousand after the text so far, among them the one that the text goes on with. That is 24 ms a token,
which is why only the first tokens of a sentence are looked at, where what came before matters most.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache
from statistics import fmean
from typing import Any

from podcast_dspy import models

__all__ = ["likelihoods"]

_CONTEXT = 2048
_TOKENS = 3
_LIKELIEST = 1000


@cache
def _server() -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(models.model_path("smollm2-135m"))
    params.n_ctx, params.n_parallel = _CONTEXT, 1
    params.cpuparams.n_threads = 1
    params.verbosity = -1
    params.api_keys = [secrets.token_urlsafe(32)]  # it listens on a loopback port, which nobody needs
    return xllamacpp.Server(params)


def _begins(before: str, sentence: str) -> float:
    """Mean logarithm of the likelihood of a sentence's first tokens after a text."""
    found: list[float] = []
    rest = sentence if not before else f" {sentence}"
    while rest and len(found) < _TOKENS:
        answer = _server().handle_completions(
            {
                "prompt": before or "\n",
                "max_tokens": 1,
                "logprobs": _LIKELIEST,
                "n_probs": _LIKELIEST,
                "temperature": 0,
                "cache_prompt": True,
            }
        )
        told = answer["choices"][0]["logprobs"]
        if told is None:  # it would rather end the text
            break
        offered = {one["token"]: one["logprob"] for one in told["content"][0]["top_logprobs"] if one["token"]}
        token = max((one for one in offered if rest.startswith(one)), key=len, default="")
        # What is not among the likeliest is as likely as the least likely of them, at most.
        found.append(offered[token] if token else min(offered.values()))
        taken = (
            len(token) or len(rest.split(" ", 2)[1] if rest.startswith(" ") else rest.split(" ", 1)[0]) + 1
        )
        before, rest = before + rest[:taken], rest[taken:]
    return fmean(found) if found else 0.0


def likelihoods(sentences: Sequence[str]) -> dict[str, float]:
    """Means over all sentences but the first: how likely they begin so, and what the text before adds to it."""
    if len(sentences) < 2:
        return {"likelihood": 0.0, "likelihood gained": 0.0}
    after = [_begins(" ".join(sentences[:place]), sentences[place]) for place in range(1, len(sentences))]
    alone = [_begins("", sentence) for sentence in sentences[1:]]
    return {
        "likelihood": fmean(after),
        "likelihood gained": fmean(one - other for one, other in zip(after, alone, strict=True)),
    }
