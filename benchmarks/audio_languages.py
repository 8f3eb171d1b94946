"""The audio benchmark of other languages: whether what their voices say is heard again."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from audio_common import say, table
from rapidfuzz.distance import Levenshtein

from podcast_dspy.audio import AudioTags, get_voice, list_voices, speak, transcribe, write_audio

TEXTS = {
    "es": "Hola y bienvenidos. Hoy hablamos de un estudio sobre los semáforos de una ciudad pequeña. Los autores "
    "observaron 36 cruces durante 14 meses. En la mitad de ellos el verde duraba siempre lo mismo, en los demás "
    "seguía al tráfico. La espera media bajó un 27 por ciento. Pero eso solo vale para las calles anchas. En las "
    "calles estrechas no cambió nada, y los autores dicen por qué: allí la cola empieza en el cruce anterior.",
    "fr": "Bonjour et bienvenue. Aujourd'hui nous parlons d'une étude sur les feux d'une petite ville. Les auteurs ont "
    "observé 36 carrefours pendant 14 mois. Dans la moitié d'entre eux le vert durait toujours autant, dans les "
    "autres il suivait la circulation. L'attente moyenne a baissé de 27 pour cent. Mais cela ne vaut que pour les "
    "rues larges. Dans les rues étroites rien n'a changé, et les auteurs disent pourquoi: la file y commence au "
    "carrefour précédent.",
    "it": "Buongiorno e benvenuti. Oggi parliamo di uno studio sui semafori di una piccola città. Gli autori hanno "
    "osservato 36 incroci per 14 mesi. In metà di essi il verde durava sempre lo stesso tempo, negli altri seguiva il "
    "traffico. L'attesa media è scesa del 27 per cento. Ma questo vale solo per le strade larghe. Nelle strade strette "
    "non è cambiato nulla, e gli autori dicono perché: lì la coda comincia all'incrocio precedente.",
}
"""Written for this; one text, told in each language."""
NUMBERS = ("36", "14", "27")


def languages_part(_: Path | None, __: list[str]) -> None:
    """Word error rate and numbers of the voices that speak no English."""
    say(
        "One text in each language, spoken and heard by the model whisper-base. WER = word edits / words, no case and"
    )
    say("punctuation, numbers as digits. Numbers: of the three in the text, those that were heard.\n")
    rows = []
    for voice in list_voices():
        for language in voice.languages:
            if voice.network or language not in TEXTS:
                continue
            gold, found = _words(TEXTS[language]), _words(_heard(voice.name, language))
            wrong = Levenshtein.distance(gold, found)
            numbers = sum(number in found for number in NUMBERS)
            rows.append((voice.name, language, len(gold), wrong / len(gold), f"{numbers} of {len(NUMBERS)}"))
    table(("voice", "language", "words", "WER", "numbers"), rows)
    say("\nNo voice for German comes along, so none was heard.")


def _heard(voice: str, language: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.mp3"
        narration = speak([TEXTS[language]], get_voice(voice), language=language)
        write_audio(path, narration.samples, narration.sample_rate, tags=AudioTags(title="spoken"))
        return transcribe(path, language=language, speakers=False).transcript_text


def _words(text: str) -> list[str]:
    flat = re.sub(r"\b(por ciento|pour cent|per cento)\b|%", " % ", text.lower())
    return re.findall(r"[^\W_]+|%", flat)
