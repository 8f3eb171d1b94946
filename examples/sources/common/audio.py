"""Join spoken segments into one levelled MP3 and time them exactly."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .voice import RATE, Audio

LUFS = -16.0
CEILING = 10 ** (-1.5 / 20)
PAUSE = (0.35, 0.60)
BIT_RATE = 64_000


def join(parts: list[Audio], seed: int) -> tuple[Audio, list[tuple[float, float]]]:
    """The segments with seeded pauses between them, and the (start, end) of each in seconds."""
    rng = np.random.default_rng(seed)
    lead = np.zeros(int(0.25 * RATE), dtype=np.float32)
    pieces: list[Audio] = [lead]
    spans: list[tuple[float, float]] = []
    at = len(lead)
    for i, part in enumerate(parts):
        spans.append((at / RATE, (at + len(part)) / RATE))
        gap = 0.5 if i == len(parts) - 1 else float(rng.uniform(*PAUSE))
        silence = np.zeros(int(gap * RATE), dtype=np.float32)
        pieces += [part, silence]
        at += len(part) + len(silence)
    return np.concatenate(pieces), spans


def level(audio: Audio) -> Audio:
    """Bring the programme to -16 LUFS, with a look-ahead limiter that keeps peaks under -1.5 dBFS."""
    import pyloudnorm
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    meter = pyloudnorm.Meter(RATE)
    out = audio.astype(np.float64)
    for _ in range(3):
        out = out * 10 ** ((LUFS - meter.integrated_loudness(out)) / 20)
        need = np.minimum(1.0, CEILING / np.maximum(np.abs(out), 1e-9))
        window = int(0.005 * RATE)
        gain = uniform_filter1d(minimum_filter1d(need, 2 * window), window)
        out = np.clip(out * gain, -CEILING, CEILING)
    return out.astype(np.float32)


def encode(audio: Audio, path: Path, tags: dict[str, str]) -> None:
    """Write mono MP3 at 64 kbit/s with ID3 tags."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        container.metadata.update(tags)
        stream = container.add_stream("libmp3lame", rate=RATE)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        samples = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
        for start in range(0, len(samples), RATE):
            chunk = samples[None, start : start + RATE]
            frame = av.AudioFrame.from_ndarray(chunk, format="s16p", layout="mono")
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    path.write_bytes(out.getvalue())


def decode(path: Path) -> NDArray[np.float32]:
    """Mono samples of an MP3, encoder delay removed."""
    import av

    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([f.to_ndarray().ravel() for f in frames])


def lag(original: Audio, decoded: Audio) -> int:
    """Samples by which `decoded` lags `original` (cross-correlation over ten seconds)."""
    from scipy.signal import correlate

    a, b = original[: 10 * RATE].astype(np.float64), decoded[: 10 * RATE].astype(np.float64)
    return int(np.argmax(correlate(b, a, method="fft")) - (len(a) - 1))
