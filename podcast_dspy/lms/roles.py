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

from podcast_dspy import models
from podcast_dspy.errors import PrerequisiteError, UsageError
from podcast_dspy.lms.failures import podcast_errors

if TYPE_CHECKING:
    import dspy

__all__ = ["configure_cache", "is_capable", "resolve", "use"]

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

_cache_at: list[Path] = []
_cache_lock = threading.Lock()


def resolve(
    role: str,
    *,
    temperature: float = 0.0,
    max_tokens: int | None = 400,
    cache: bool = True,
    purpose: str = "lm",
    **options: Any,
) -> dspy.LM:
    """The language model that a role string names.

    Args:
        role: `embedded`; `gguf:PATH`; a LiteLLM name such as `openai/gpt-4.1-mini`, `anthropic/...` or
            `ollama_chat/...`; or `NAME@http://host:port/v1` for any OpenAI-compatible server.
        temperature: 0 for the likeliest answer, above 0 to sample.
        max_tokens: Longest answer in tokens.
        cache: Whether DSPy keeps answers on disk.
        purpose: What it is for (`writer`, `judge`, ...): calls are counted under this name.
        **options: Passed on to `dspy.LM`.

    Raises:
        PrerequisiteError: a key, a model or a package is missing; the message names it.
        UsageError: the string names nothing.
    """
    configure_cache()
    common = {"temperature": temperature, "max_tokens": max_tokens, "cache": cache, "purpose": purpose}
    common |= options
    if role == "embedded" or role.startswith("gguf:"):
        return _local(role, common)
    if server := _SERVER.match(role):
        return _remote(f"openai/{server['name']}", common, api_base=server["url"], **_server_key())
    provider, _, name = role.partition("/")
    if not name or not re.fullmatch(r"[\w-]+", provider):
        raise UsageError(
            f"{role!r} names no language model; use embedded, gguf:PATH, PROVIDER/MODEL such as "
            "openai/gpt-4.1-mini, or MODEL@http://host:port/v1"
        )
    wanted = _KEYS.get(provider, ())
    if wanted and not any(os.environ.get(variable) for variable in wanted):
        raise PrerequisiteError(f"{role} needs a key; set the environment variable {wanted[0]}")
    if not wanted and not _known(provider):
        raise UsageError(
            f"{role!r} names no known provider; check the part before the slash, or name a server of your own as "
            "MODEL@http://host:port/v1"
        )
    return _remote(role, common)


def _known(provider: str) -> bool:
    import litellm  # slow; only for providers that are not listed above

    return provider in {str(getattr(known, "value", known)) for known in litellm.provider_list}


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

    with podcast_errors(role), dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        yield lm


def configure_cache() -> Path:
    """Put DSPy's answer cache into our cache directory, and keep DSPy from reaching out or unpickling.

    Returns:
        The directory of the cache.
    """
    # LiteLLM otherwise downloads its price list when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
    directory = models.cache_dir() / "answers"
    with _cache_lock:
        if _cache_at != [directory]:
            import dspy

            dspy.configure_cache(disk_cache_dir=str(directory), restrict_pickle=True)
            # Its warnings (an answer that reached its limit, which is what the limit is for) are nothing to a user;
            # what matters is raised.
            logging.getLogger("dspy.clients.lm").setLevel(logging.ERROR)
            _cache_at[:] = [directory]
    return directory


def _local(role: str, common: dict[str, Any]) -> dspy.LM:
    from podcast_dspy.lms.engine import AsyncEmbeddedEngine, embedded_engine
    from podcast_dspy.lms.metered import MeteredLM

    if role == "embedded":
        engine = embedded_engine()
        name = "smollm2-135m"
    else:
        path = Path(role.removeprefix("gguf:")).expanduser()
        if not path.is_file():
            raise PrerequisiteError(f"there is no file {path}; give the path of a GGUF model as gguf:PATH")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise PrerequisiteError(
                    f"{path} is not a GGUF model; give the path of a GGUF file as gguf:PATH"
                )
        engine = embedded_engine(path)
        # The name is part of DSPy's cache key: two files must not share answers.
        name = f"{path.name}-{path.stat().st_size}"
    common.setdefault("num_retries", 1)
    asynchronous = AsyncEmbeddedEngine(engine)
    return MeteredLM(f"local/{name}", local=True, engine=engine, async_engine=asynchronous, **common)


def _remote(model: str, common: dict[str, Any], **connection: Any) -> dspy.LM:
    from podcast_dspy.lms.metered import MeteredLM

    return MeteredLM(model, **connection, **common)


def _server_key() -> dict[str, str]:
    # Servers of one's own rarely want a key, but the client refuses to go without one.
    return {"api_key": os.environ.get("PODCAST_DSPY_SERVER_KEY") or "none"}
