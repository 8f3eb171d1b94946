"""From a role string (`embedded`, `gguf:PATH`, `openai/...`) to a `dspy.LM`."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.errors import PrerequisiteError, UsageError
from podcast_dspy.lms.cache import AnswerCache, answers_at
from podcast_dspy.lms.calls import (
    LOCAL_TIMEOUT,
    LOCAL_TOKENS,
    NEEDS,
    REMOTE_TIMEOUT,
    calls,
    model_facts,
    podcast_errors,
)

if TYPE_CHECKING:
    import dspy

_SERVER = re.compile(r"^(?P<name>[^@\s]+)@(?P<url>https?://\S+)$")
_KEYS: dict[str, tuple[str, ...]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
}
"""The variables of which one must be set for a provider. Others are asked and say themselves what they miss."""
_LARGE_ENOUGH = 2_000_000_000
"""Bytes from which a GGUF file follows instructions (about 3 billion weights at 5 bits)."""

_OLLAMA_CONTEXT = 16_384
"""Tokens of context to ask Ollama for: its default of 4,096 cuts the front of a longer prompt off without a word."""

_cache_lock = threading.Lock()


def resolve(
    role: str,
    *,
    purpose: str = "writer",
    temperature: float | None = None,
    max_tokens: int | None = None,
    cache: bool = True,
    **options: Any,
) -> dspy.LM:
    """The language model that a role string names.

    Args:
        role: `embedded`; `gguf:PATH`; a LiteLLM name such as `openai/gpt-4.1-mini`, `anthropic/...` or
            `ollama_chat/...`; `openai/responses/NAME` for OpenAI's Responses API (models that have no other are
            found out); or `NAME@http://host:port/v1` for any OpenAI-compatible server.
        purpose: What it is for, a name of `lms.needs.NEEDS`: how long answers may be, at which temperature and with
            how much thought. Calls are counted under this name.
        temperature: 0 for the likeliest answer, above 0 to sample, where the purpose's own is not wanted.
        max_tokens: Longest answer in tokens, where the purpose's own is not wanted.
        cache: Whether usable answers are kept on disk.
        **options: Passed on to `dspy.LM`.

    Raises:
        PrerequisiteError: a key, a model or a package is missing; the message names it.
        UsageError: the string names nothing.
    """
    configure_cache()
    common = {"temperature": temperature, "max_tokens": max_tokens, "cache": cache}
    common |= {"purpose": purpose, "role": role} | options
    if is_local(role):
        return _local(role, common)
    common.setdefault("timeout", calls().timeout or REMOTE_TIMEOUT)
    if server := _SERVER.match(role):
        return _server(server["name"], server["url"], common)
    provider, _, name = role.partition("/")
    if not name or not re.fullmatch(r"[\w-]+", provider):
        raise UsageError(
            f"{role!r} names no language model; use embedded, gguf:PATH, openai/NAME, anthropic/NAME or another "
            "PROVIDER/NAME, or NAME@http://host:port/v1"
        )
    wanted = _KEYS.get(provider, ())
    if wanted and not any(os.environ.get(variable) for variable in wanted):
        raise PrerequisiteError(f"{role} needs a key; set the environment variable {wanted[0]}")
    if not wanted and not _known(provider):
        raise UsageError(
            f"{role!r} names no known provider; check the part before the slash, or name a server of your own as "
            "MODEL@http://host:port/v1"
        )
    if provider.startswith("ollama"):
        # Only Ollama's own API takes the size of the context; DSPy reaches it through LiteLLM.
        return _remote(role, common, engine="litellm", num_ctx=_OLLAMA_CONTEXT)
    if provider == "openai":
        bare = name.removeprefix("responses/")
        responses = bare != name or model_facts(role).get("mode") == "responses"
        return _remote(f"openai/{bare}", common, model_type="responses" if responses else "chat")
    return _remote(role, common)


def _known(provider: str) -> bool:
    if provider.startswith("ollama"):
        return True
    import litellm  # slow; only for providers that are not listed above

    return provider in {str(getattr(known, "value", known)) for known in litellm.provider_list}


def is_local(role: str) -> bool:
    """Whether the model runs in this process, so that nothing leaves the machine."""
    return role == "embedded" or role.startswith("gguf:")


def is_capable(role: str) -> bool:
    """Whether the model follows instructions well enough to plan, judge and reflect.

    The embedded model does not: it continues demonstrations. Remote models are taken to be capable.
    """
    if role == "embedded":
        return False
    if role.startswith("gguf:"):
        path = Path(role.removeprefix("gguf:")).expanduser()
        return path.is_file() and path.stat().st_size >= _LARGE_ENOUGH
    return True


@contextmanager
def use(role: str, **options: Any) -> Iterator[dspy.LM]:
    """Within the block, DSPy uses the role's model, with answers as JSON.

    Args:
        role: As in `resolve`.
        **options: As in `resolve`.

    Raises:
        PodcastError: what `resolve` raises; and an error of DSPy that leaves the block leaves it as one of
            `podcast_dspy.errors`: ContextOverflowError, PrerequisiteError or ModelError.
    """
    lm = resolve(role, **options)
    import dspy

    from podcast_dspy.lms.asking import AnswerAdapter

    with podcast_errors(role), dspy.context(lm=lm, adapter=AnswerAdapter()):
        yield lm


@contextmanager
def unkept() -> Iterator[None]:
    """Within the block DSPy keeps no trace and no history: ten thousand prompts, most with a paper, fill the memory."""
    import dspy

    with dspy.context(trace=None, max_history_size=0):
        yield


def configure_cache() -> Path:
    """Let DSPy keep answers in our cache, and keep it and LiteLLM from reading what is not the user's wish.

    Returns:
        The directory of the answers.
    """
    # LiteLLM otherwise downloads its tables when it is imported, and reads a `.env` file in any folder above it:
    # in a project that came from elsewhere that file would name the server that gets the papers.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
    os.environ.setdefault("LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "true")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with _cache_lock:
        import dspy

        if not isinstance(dspy.cache, AnswerCache):
            dspy.cache = AnswerCache()
            # Its warnings (an answer that reached its limit, which is what a local model's limit is for) are nothing
            # to a user; what matters is raised.
            logging.getLogger("dspy.clients.lm").setLevel(logging.ERROR)
    return answers_at()


def _local(role: str, common: dict[str, Any]) -> dspy.LM:
    from podcast_dspy.lms.engine import embedded_engine, gguf_engine
    from podcast_dspy.lms.metered import MeteredLM

    if role == "embedded":
        engine = embedded_engine()
        name = "smollm2-135m"
    else:
        path = Path(role.removeprefix("gguf:")).expanduser()
        if not path.is_file():
            raise PrerequisiteError(f"there is no file {path}; give the path of a GGUF model as gguf:PATH")
        engine = gguf_engine(path)
        # The name is part of DSPy's cache key: two files must not share answers.
        name = f"{path.name}-{path.stat().st_size}"
    # What follows instructions reads whole scripts and writes whole segments, and takes as long as remote models do.
    capable = is_capable(role)
    patience = REMOTE_TIMEOUT if capable else LOCAL_TIMEOUT
    engine.time_limit = common.pop("timeout", None) or calls().timeout or patience
    longest = min(engine.context // 2, NEEDS[common["purpose"]].tokens) if capable else LOCAL_TOKENS
    common["max_tokens"] = common["max_tokens"] or longest
    common.setdefault("num_retries", 1)
    return MeteredLM(f"local/{name}", local=True, engine=engine, **common)


def _remote(model: str, common: dict[str, Any], **connection: Any) -> dspy.LM:
    from podcast_dspy.lms.metered import MeteredLM

    return MeteredLM(model, **connection, **common)


def _server(name: str, url: str, common: dict[str, Any]) -> dspy.LM:
    # Servers of one's own rarely want a key, but the client refuses to go without one.
    connection = {"api_base": url, "api_key": os.environ.get("PODCAST_DSPY_SERVER_KEY") or "none"}
    lm = _remote(f"openai/{name}", common, **connection)
    # By its name one of OpenAI's reasoning models, behind a gateway: OpenAI's own dialect. Others get the plain one
    # that every server speaks, without what only OpenAI takes.
    return lm if lm.takes.limit != "max_tokens" else _remote(f"hosted_vllm/{name}", common, **connection)
