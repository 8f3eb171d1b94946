"""Broken and whole files made by code: papers, recordings, compiled profiles."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment

__all__ = ["encrypted_pdf", "paper_pdf", "profile_data", "scanned_pdf", "transcription", "wav"]

_LINES = (
    "Bloom filters answer membership queries in a few bits for each key.",
    "We measure the false positive rate on two million keys and find 1.2 percent.",
    "A blocked Bloom filter keeps all bits of a key in one cache line.",
    "The price of locality is a slightly higher false positive rate.",
)


def _drawn(encrypt: Any = None) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=encrypt, invariant=True)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, "Blocked Bloom Filters in Practice")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 730, "Abstract")
    for number in range(24):
        below = 30 if number >= len(_LINES) else 0
        canvas.drawString(72, 700 - below - 14 * number, _LINES[number % len(_LINES)])
    canvas.setFont("Helvetica-Bold", 12)
    canvas.drawString(72, 712 - 14 * len(_LINES) - 16, "1 Introduction")
    canvas.setFont("Helvetica", 10)
    picture = Image.effect_mandelbrot((240, 160), (-2, -1.2, 1, 1.2), 30)
    canvas.drawImage(ImageReader(picture), 150, 130, 300, 180)
    canvas.drawString(150, 110, "Figure 1: False positive rate of blocked Bloom filters.")
    canvas.save()
    return buffer.getvalue()


def paper_pdf() -> bytes:
    """A one-page paper with text."""
    return _drawn()


def encrypted_pdf() -> bytes:
    """A paper that needs a password."""
    return _drawn(pdfencrypt.StandardEncryption("open sesame", canPrint=0))


def scanned_pdf(folder: Path) -> bytes:
    """A page that is one grey picture."""
    picture = folder / "scan.png"
    Image.new("L", (300, 400), 200).save(picture)
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawImage(str(picture), 20, 20, 500, 700)
    canvas.save()
    picture.unlink()
    return buffer.getvalue()


def wav(seconds: float = 2.0, loudness: float = 0.3) -> bytes:
    """A tone as 8 kHz mono WAV; `loudness` 0 is silence."""
    time = np.arange(round(8000 * seconds)) / 8000
    samples = (loudness * 32767 * np.sin(2 * np.pi * 220 * time)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def transcription(path: Path) -> TranscriptionResult:
    """What a transcriber might have heard."""
    text = "Welcome to the show, today we talk about Bloom filters."
    segment = TranscriptSegment(segment_id="s0", text=text, start_time=0.0, end_time=2.0, duration=2.0)
    return TranscriptionResult(
        source_path=str(path),
        transcript_text=text,
        segments=(segment,),
        total_duration=2.0,
        confidence=0.9,
    )


def profile_data() -> dict[str, Any]:
    """A compiled profile that this version accepts, of programs that learned nothing."""
    from podcast_dspy.testing import sample_compiled_profile

    data = json.loads(sample_compiled_profile().model_dump_json())
    assert isinstance(data, dict)
    return data
