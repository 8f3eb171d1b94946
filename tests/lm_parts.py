"""A scripted capable LM: it answers each part of the program, about a paper of four passages on caches."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

RUNDOWN = {
    "title": "What to throw out", "idea": "A segmented cache misses less.", "first": "A cache is small.",
    "question": "What should leave a full cache?", "stake": "Misses are slow.", "mechanism": "Requests are replayed.",
    "surprise": "It takes little.", "answer": "12 percent fewer misses.", "numbers": ["12 percent"],
    "limit": "The traces are synthetic.",
    "terms": [], "figures": [],
    "segments": [
        {"type": "intro", "chapter": "A full cache", "point": "What leaves?", "passages": ["p1"], "seconds": 10},
        {"type": "key_finding", "chapter": "Twelve percent", "point": "12 percent.", "passages": ["p2", "p3"],
         "seconds": 20},
        {"type": "limitation", "chapter": "Made-up traces", "point": "Synthetic.", "passages": ["p4"], "seconds": 10},
    ],
}  # fmt: skip
SAID = (
    "Picture a small desk that is always full. The eviction policy of a cache decides which object leaves when a new "
    "one arrives.",
    "They replay one million requests against three policies and count the misses of each. At a size of 100 objects, "
    "the segmented policy misses 12 percent fewer requests than the plain one.",
    "All the traces are synthetic, though, and real traces have bursts.",
)
ASKED = "And what then?"
INVENTED = "Doctor Miranda Holloway praised it 4321 times."
LEANING = "That's why she bought it."


def field(prompt: str, name: str) -> str:
    found = re.search(rf"\[\[ ## {name} ## \]\]\n(.*?)\n\n(?:\[\[ ##|Respond)", prompt, re.DOTALL)
    assert found is not None, name
    return found.group(1)


class Host:
    """Answers each part of the program; `also` stands behind the script's second paragraph."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.also = ""
        self.spoil: Callable[[str, str], str | None] = lambda part, prompt: None
        self.mended = True

    def __call__(self, body: dict[str, Any]) -> str:
        prompt = str(body["messages"][-1]["content"])
        part = self.part(prompt)
        self.asked.append((part, prompt))
        spoiled = self.spoil(part, prompt)
        return spoiled if spoiled is not None else json.dumps(getattr(self, f"_{part}")(prompt))

    @staticmethod
    def part(prompt: str) -> str:
        """The first field that is asked for; empty where no part of the program asks."""
        asked = prompt.rpartition("Respond with")[2]
        fields = ("segments", "rundown", "paragraphs", "turns", "takeaway", "verdicts", "revised", "notes")
        return next((name for name in fields if f"`{name}`" in asked), "")

    def _rundown(self, prompt: str) -> dict[str, Any]:
        return {"rundown": RUNDOWN}

    def _paragraphs(self, prompt: str) -> dict[str, Any]:
        wanted = json.loads(field(prompt, "to_write"))
        texts = {1: SAID[0], 2: f"{SAID[1]} {self.also}".strip(), 3: SAID[2]}
        return {
            "paragraphs": [
                {
                    "segment": one["segment"],
                    "text": texts[one["segment"]],
                    "illustrations": [SAID[0].partition(". ")[0] + "."],
                }
                for one in wanted
            ]
        }

    def _turns(self, prompt: str) -> dict[str, Any]:
        """The same by two: who asks begins each segment, and who explains says the rest."""
        asked = {"text": ASKED, "illustrations": [ASKED], "speaker": "asker"}
        return {
            "turns": [
                turn
                for one in self._paragraphs(prompt)["paragraphs"]
                for turn in ({**asked, "segment": one["segment"]}, {**one, "speaker": "explainer"})
            ]
        }

    def _takeaway(self, prompt: str) -> dict[str, Any]:
        return {"takeaway": "Segments help.", "notes": []}

    def _verdicts(self, prompt: str) -> dict[str, Any]:
        claims = json.loads(field(prompt, "sentences"))
        return {
            "verdicts": [
                {
                    "number": claim["number"],
                    "verdict": "no source" if "Holloway" in claim["sentence"] else "supported",
                    "reason": "nobody praises it" if "Holloway" in claim["sentence"] else "",
                }
                for claim in claims
            ]
        }

    def _revised(self, prompt: str) -> dict[str, Any]:
        notes = " ".join(json.loads(field(prompt, "notes")))
        places = sorted({int(number) for number in re.findall(r"Paragraph (\d+):", notes)})
        told = dict(re.findall(r"\[(\d+),(?: \w+,)? \d+ words\] (.*)", field(prompt, "script")))
        mend = (lambda text: text.replace(INVENTED, "").replace(LEANING, "")) if self.mended else str
        return {
            "revised": [
                {"paragraph": place, "text": " ".join(mend(told[str(place)]).split()), "illustrations": []}
                for place in places
            ]
        }

    def _segments(self, prompt: str) -> dict[str, Any]:
        """What is shown of a transcript, as one segment about nothing, by a host without manners."""
        numbers = re.findall(r"^\[(\d+)\]", field(prompt, "transcript"), re.MULTILINE)
        lists = ("sections", "figures", "concepts", "analogies", "questions")
        phrases = ("intro", "transition", "emphasis", "conclusion", "figure")
        segment = {"first": int(numbers[0]), "last": int(numbers[-1]), "type": "methodology"}
        return {
            "segments": [{**segment, **{name: [] for name in lists}}],
            "style": {
                **{f"{name}_phrases": [] for name in phrases},
                "enthusiasm_markers": [],
                "definition_style": "none",
                "figure_explanation_depth": "none",
            },
        }

    def _notes(self, prompt: str) -> dict[str, Any]:
        ids = re.findall(r"\[(p\d+)\]", field(prompt, "part"))
        return {"notes": [{"passage": name, "says": "It says something that matters."} for name in ids[:3]]}


class Quoting(Host):
    """Plans an episode about any paper, a segment a passage, and has the host say the passages as they are."""

    def _rundown(self, prompt: str) -> dict[str, Any]:
        kinds = ("intro", "methodology", "key_finding", "limitation")
        ids = list(dict(_passages(prompt)))
        segments = [
            {
                "type": kinds[place % len(kinds)],
                "chapter": "",
                "point": "What it says.",
                "passages": [name],
                "seconds": 10,
            }
            for place, name in enumerate(ids if len(ids) > 1 else ids * 2)
        ]
        return {"rundown": {**RUNDOWN, "segments": segments}}

    def _paragraphs(self, prompt: str) -> dict[str, Any]:
        passages, rundown = dict(_passages(prompt)), json.loads(field(prompt, "rundown"))
        return {
            "paragraphs": [
                {
                    "segment": one["segment"],
                    "text": passages[rundown["segments"][one["segment"] - 1]["passages"][0]],
                    "illustrations": [],
                }
                for one in json.loads(field(prompt, "to_write"))
            ]
        }


def _passages(prompt: str) -> list[tuple[str, str]]:
    return re.findall(r"^\[(p\d+)\] (.*[.!?])", field(prompt, "paper"), re.MULTILINE)
