"""The embedded engine: small models in this process, and any GGUF file, with as long a context as fits here.

DSPy owns the cache, the retries and the history; this owns decoding, limits and honest token counts. The format of GGUF
files: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (magic, version, counts,
then key-value pairs).
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from dspy import lm15

from podcast_dspy import models
from podcast_dspy.errors import ModelError, PrerequisiteError
from podcast_dspy.lms.slots import Generation, Slot, SlotHolder, SlotStalledError, SlotTimeoutError

SHORTEST: Final = 4096
"""Tokens of context that a model gets however little memory is free, unless it has fewer itself."""
_EMBEDDED = "smollm2-135m"
_MAX_TOKENS = 512
_PROVIDER = "embedded"


class EmbeddedEngine:
    """A GGUF model on llama.cpp, with JSON-schema-constrained decoding.

    Requests at temperature 0, and requests with a seed, give the same answer every time. A sampled request
    without a seed (as DSPy makes them for `n` candidates) gets a new one each time that it is repeated.
    """

    supports_response_schema = True
    supports_function_calling = False
    supports_reasoning = False
    supported_params = frozenset({"response_format"})

    def __init__(self, path: Path, *, context: int = SHORTEST, time_limit: float = 180.0) -> None:
        """Nothing is loaded before the first request.

        Args:
            path: A GGUF file.
            context: Tokens that prompt and answer may have together.
            time_limit: Seconds for one request, not counting its wait for the requests before it.
        """
        self.path = path
        self.context = context
        self.time_limit = time_limit
        self._holder = SlotHolder(
            lambda: Slot(_installed(path), context=context, threads=models.cpu_threads())
        )
        self._repeats: Counter[str] = Counter()
        self._lock = threading.Lock()

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request.

        Raises:
            dspy.lm15.ContextLengthError: the prompt does not fit.
            dspy.lm15.TimeoutError: the time limit passed, or the engine stalled (it is then replaced).
            dspy.lm15.UnsupportedFeatureError: images, tools or other things that this model cannot take.
            dspy.lm15.InvalidRequestError: a response schema that cannot constrain decoding.
            dspy.lm15.NotConfiguredError: the model or xllamacpp is not installed.
        """
        body, prompt = self._body(request)
        try:
            with self._holder.slot() as slot:
                generation = slot.run(body, self.time_limit, prompt=prompt)
        except SlotTimeoutError as error:
            raise lm15.TimeoutError(
                f"the embedded model took over {self.time_limit:.0f} s; ask for fewer tokens or free the processor",
                provider=_PROVIDER,
            ) from error
        except SlotStalledError as error:
            raise lm15.TimeoutError(
                f"the embedded model stalled for {self.time_limit:.0f} s and was replaced; run it again",
                provider=_PROVIDER,
            ) from error
        except PrerequisiteError as error:
            raise lm15.NotConfiguredError(str(error)) from error
        except ModelError as error:
            raise lm15.ConfigurationError(str(error)) from error
        except ValueError as error:  # the engine's word for a request it cannot parse
            raise lm15.InvalidRequestError(
                f"the embedded model cannot take this request ({error})", provider=_PROVIDER
            ) from error
        return self._response(request, generation)

    def stream(self, request: lm15.Request) -> Iterator[lm15.StreamEvent]:
        """The events of one answer, given once it is complete."""
        yield from lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """Unload the model; the next request loads it again."""
        self._holder.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> EmbeddedEngine:
        """The engine itself: copies of a program share it."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its path, so that another process loads its own."""
        return embedded_engine, (self.path, self.context)

    def _body(self, request: lm15.Request) -> tuple[dict[str, Any], str]:
        """The request in the engine's own words, and its text."""
        config = request.config
        if request.tools:
            raise lm15.UnsupportedFeatureError("the embedded model has no tools", feature="tools")
        messages = []
        if request.system is not None:
            messages.append({"role": "system", "content": _text(request.system, "system")})
        for index, message in enumerate(request.messages):
            role = "system" if message.role == "developer" else message.role
            messages.append({"role": role, "content": _text(message.parts, f"messages[{index}]")})
        prompt = "\n".join(f"{message['role']}: {message['content']}" for message in messages)
        temperature = config.temperature or 0.0
        body: dict[str, Any] = {
            "messages": messages,
            "max_tokens": config.max_tokens or _MAX_TOKENS,
            "temperature": temperature,
            "seed": self._seed(request, prompt) if temperature > 0 else 0,
        }
        optional = {
            "top_p": config.top_p, "top_k": config.top_k, "stop": list(config.stop) or None,
            "frequency_penalty": config.frequency_penalty, "presence_penalty": config.presence_penalty,
        }  # fmt: skip
        body |= {name: value for name, value in optional.items() if value is not None}
        schema = _schema(config.response_format)
        if schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema},
            }
        return body, prompt

    def _seed(self, request: lm15.Request, prompt: str) -> int:
        if request.config.seed is not None:
            return int(request.config.seed) % 2**32
        content = hashlib.sha256(f"{prompt}\0{request.config!r}".encode()).hexdigest()
        with self._lock:
            repeat = self._repeats[content]
            self._repeats[content] += 1
        return int(hashlib.sha256(f"{content}{repeat}".encode()).hexdigest()[:8], 16)

    def _response(self, request: lm15.Request, generation: Generation) -> lm15.Response:
        if generation.error is not None:
            message = str(generation.error.get("message", generation.error))
            if generation.error.get("type") == "exceed_context_size_error":
                needed = generation.error.get("n_prompt_tokens", "more")
                raise lm15.ContextLengthError(
                    f"the prompt has {needed} tokens and the embedded model reads {self.context}; "
                    "give it fewer or shorter demonstrations or passages",
                    provider=_PROVIDER,
                )
            if generation.error.get("code") == 400:
                raise lm15.InvalidRequestError(
                    f"the embedded model cannot take this request ({message})", provider=_PROVIDER
                )
            raise lm15.ServerError(f"the embedded model failed ({message}); run it again", provider=_PROVIDER)
        return lm15.Response(
            id=None,
            model=request.model,
            message=lm15.Message.assistant(generation.text),
            finish_reason=generation.finish,
            usage=lm15.Usage(
                input_tokens=generation.prompt_tokens,
                output_tokens=generation.completion_tokens,
                cache_read_tokens=generation.cached_tokens,
            ),
        )


@cache
def _engine_at(path: Path, context: int) -> EmbeddedEngine:
    return EmbeddedEngine(path, context=context)


def embedded_engine(path: Path | None = None, context: int = SHORTEST) -> EmbeddedEngine:
    """The process-wide engine of a GGUF file with a context; without a path, of the embedded model.

    Whether that is installed is asked when it is: an extract never does.
    """
    return _engine_at(path.resolve() if path else _own(), context)


def gguf_engine(path: Path) -> EmbeddedEngine:
    """The engine of a model of the user's, with its own context as far as there is memory for it.

    Raises:
        PrerequisiteError: there is no such file, or it is no GGUF model.
        ModelError: it is damaged.
    """
    return embedded_engine(path, fitting_context(path))


def _own() -> Path:
    """Where the embedded model lies once it is installed."""
    return (models.models_dir() / _EMBEDDED / str(models.entry(_EMBEDDED).main)).resolve()


def _installed(path: Path) -> Path:
    """The file; of the embedded model only if it is there. Raises PrerequisiteError."""
    return models.model_path(_EMBEDDED).resolve() if path == _own() else path


def _text(content: Any, where: str) -> str:
    if isinstance(content, str):
        return content
    for part in content:
        if part.type != "text":
            raise lm15.UnsupportedFeatureError(
                f"the embedded model reads text, not {part.type}", feature=where
            )
    return "".join(part.text for part in content)


def _schema(response_format: Any) -> dict[str, Any] | None:
    """The JSON schema that decoding must follow, if any."""
    if response_format is None:
        return None
    kind = response_format.get("type")
    if kind == "json_schema":
        schema: dict[str, Any] = response_format["schema"]
        return schema
    if kind == "json_object":
        return {"type": "object"}
    if kind == "text":
        return None
    raise lm15.UnsupportedFeatureError(
        f"the embedded model knows no response format {kind!r}", feature="config.response_format"
    )


_SHARE: Final = 0.25
"""Of the memory beside the weights, for the computed context."""
_CACHE_BYTES: Final = 2
"""Of one number of the key-value cache (llama.cpp's default, f16)."""
_NUMBERS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST_PAIRS: Final = 10_000
_LONGEST_TEXT: Final = 10_000_000

Value = int | float | bool | str | None


def gguf_facts(path: Path) -> dict[str, Value]:
    """The key-value pairs of a file; arrays are None.

    Raises:
        PrerequisiteError: it cannot be read, or is no GGUF file.
        ModelError: it is cut or damaged.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise PrerequisiteError(
                    f"{path} is not a GGUF model; give the path of a GGUF file as gguf:PATH"
                )
            _, _, pairs = _unpacked(file, "<IQQ")
            if pairs > _MOST_PAIRS:
                raise ValueError
            return {_gguf_text(file): _gguf_value(file, _unpacked(file, "<I")[0]) for _ in range(pairs)}
    except OSError as error:
        raise PrerequisiteError(
            f"{path} cannot be read ({error.strerror}); give the path of a GGUF model as gguf:PATH"
        ) from error
    except (struct.error, ValueError, KeyError, OverflowError) as error:
        raise ModelError(f"{path} is no whole GGUF model; download it again") from error


def fitting_context(path: Path, *, memory: int | None = None) -> int:
    """Tokens of context: the model's own, or as many as there is memory for beside the weights.

    It goes by the memory that the machine has, not by what is free now: the same machine gives the same answers.

    Args:
        path: A GGUF file.
        memory: Bytes; by default what the machine has.
    """
    known = gguf_facts(path)

    def number(name: str) -> int:
        value = known.get(f"{known.get('general.architecture')}.{name}")
        return value if isinstance(value, int) else 0

    own = number("context_length") or SHORTEST
    heads = number("attention.head_count")
    head = number("attention.key_length") or (number("embedding_length") // heads if heads else 0)
    per_token = 2 * _CACHE_BYTES * number("block_count") * (number("attention.head_count_kv") or heads) * head
    total = _memory() if memory is None else memory
    if not per_token or not total:
        return min(own, SHORTEST)
    room = int(_SHARE * max(0, total - path.stat().st_size)) // per_token
    return min(own, max(room, SHORTEST))


def _memory() -> int:
    """Bytes of memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0


def _unpacked(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _gguf_text(file: BinaryIO) -> str:
    (length,) = _unpacked(file, "<Q")
    if length > _LONGEST_TEXT:
        raise ValueError
    raw = file.read(length)
    if len(raw) < length:
        raise ValueError
    return raw.decode("utf-8", "replace")


def _gguf_value(file: BinaryIO, kind: int) -> Value:
    if kind == _STRING:
        return _gguf_text(file)
    if kind != _ARRAY:
        return _unpacked(file, f"<{_NUMBERS[kind]}")[0]
    of, count = _unpacked(file, "<IQ")
    if of == _STRING:
        for _ in range(count):
            _gguf_text(file)
    elif of == _ARRAY:
        raise ValueError
    else:
        file.seek(count * struct.calcsize(_NUMBERS[of]), os.SEEK_CUR)
    return None
