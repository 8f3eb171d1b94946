"""A scripted capable LM whose answers depend on one sentence of each predictor's instructions, and pairs for it.

So it is known which instructions are better, for every predictor, and by how much: an optimizer that reads the losses'
feedback has to find them. Everything is made up, and nothing is asked of any model.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from typing import Any

from dspy import lm15

from podcast_dspy.analysis.analyst import PHRASES
from podcast_dspy.lms import allow
from podcast_dspy.lms.ledger import CallRecord, record
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.analysing import ReadTranscript
from podcast_dspy.signatures.editing import CheckClaims, ListenToScript, ReviseScript
from podcast_dspy.signatures.planning import PlanEpisode
from podcast_dspy.signatures.writing import WriteScript
from podcast_dspy.testing import FakeEngine, FakeLM, sample_pair
from podcast_dspy.text.words import split_sentences

__all__ = ["PREDICTORS", "RULES", "ScriptedLM", "scripted_pairs"]

RULES = {
    "planner.plan": "Plan every step that a host would take, in the order in which hosts take them.",
    "writer.script": "Say what each passage means in the words of a friend who explains it.",
    "editor.listen": "Note every aside that has nothing to do with the matter.",
    "editor.check": "Doubt praise that nobody is named for.",
    "editor.revise": "Leave out whole what a note calls an aside.",
    "analyst.read": "Ask of each stretch what a listener would miss without it.",
}
"""What makes the answers of a predictor better, once it stands in its instructions."""
PREDICTORS = tuple(RULES)
_SIGNATURES = {
    "planner.plan": PlanEpisode,
    "writer.script": WriteScript,
    "editor.listen": ListenToScript,
    "editor.check": CheckClaims,
    "editor.revise": ReviseScript,
    "analyst.read": ReadTranscript,
}
_rollout: ContextVar[Any] = ContextVar("rollout", default=None)
_ASIDE = "My neighbour counted {} apples last week."
_A_SIDE = re.compile(r"My neighbour counted \d+ apples last week\.")
_INVENTED = "Everybody in Reykjavik praised it 4321 times."
_FILLERS = (
    "There is more to say about that, and one may say it in many ways.",
    "It takes a while to get used to the idea.",
    "Some people like to think about such things on a walk.",
    "Others would rather hear about it over a cup of tea.",
    "Either way, nobody has to hurry.",
    "A good question is often worth more than a quick answer.",
    "That holds here as well as anywhere.",
    "So let us stay with it for another moment.",
)
_SUBJECTS = (
    ("salt", "chloride", "streams", "brine"), ("paint", "lead", "gardens", "primer"),
    ("tyre dust", "rubber", "ponds", "sweeping"), ("fertiliser", "nitrate", "wells", "clover"),
    ("soot", "carbon", "glaciers", "filter"), ("detergent", "phosphate", "lakes", "zeolite"),
    ("sunscreen", "zinc", "reefs", "lotion"), ("ash", "sulphur", "meadows", "scrubber"),
    ("sawdust", "tannin", "creeks", "pellet"), ("manure", "ammonia", "fields", "biogas"),
    ("plastic", "fibre", "beaches", "deposit"), ("copper", "ion", "harbours", "coating"),
)  # fmt: skip
_PLACES = ("p001_text_01", "p001_text_02", "p001_text_03", "p001_text_04", "p001_text_05", "p001_text_06")


def scripted_pairs(count: int) -> list[TrainingPair]:
    """So many analysed pairs: one paper and its podcast, each time about something else."""
    return [_pair(number) for number in range(count)]


def _pair(number: int) -> TrainingPair:
    """The sample pair with other words for what it is about; its segments rest on the passages in their order."""
    pair = sample_pair(
        f"pair-{number:03d}", paper=f"{number:064x}", recording=f"{number:064x}"[::-1], labelled=True
    )
    segments = pair.aligned_segments or ()
    placed = tuple(
        one.model_copy(update={"primary_atoms": (_PLACES[place - 1],) if place else ()})
        for place, one in enumerate(segments)
    )
    told = pair.model_copy(update={"aligned_segments": placed}).model_dump_json()
    series = f" {number // len(_SUBJECTS)}" if number >= len(_SUBJECTS) else ""
    for word, other in zip(_SUBJECTS[0], _SUBJECTS[number % len(_SUBJECTS)], strict=True):
        told = re.sub(
            rf"(?<![\w.]){word}(?!\.pdf|\.mp3|\w)", f"{other}{series if word == 'salt' else ''}", told
        )
        told = re.sub(rf"\b{word.capitalize()}\b", f"{other.capitalize()}", told)
    return TrainingPair.model_validate_json(told)


class ScriptedLM(FakeLM):
    """Plans, writes and edits by what its instructions say, and proposes instructions; the same question costs once.

    Proposals are by turns of no use and right, for as long as there is feedback to learn from.
    """

    def __init__(self, pairs: list[TrainingPair], *, varied: bool = False) -> None:
        """`varied`: to another prompt it plans, writes and listens in other words, no better or worse, as real models
        do."""
        self.varied = varied
        super().__init__(
            {
                PlanEpisode: self._plan,
                WriteScript: self._write,
                ListenToScript: self._listen,
                CheckClaims: self._check,
                ReviseScript: self._revise,
                ReadTranscript: self._read,
                "new_instruction": self._rewrite,
                "proposed_instruction": self._propose,
                "module_advice": self._advise,
                "prompt_modifications": self._refine,
            }
        )
        self.calls = 0
        self._hosts = {
            pair.document_graph.title: {
                str(one.segment_type): one.transcript_segment.text for one in pair.aligned_segments or ()
            }
            for pair in pairs
        }
        self._pairs = {pair.document_graph.title: pair for pair in pairs}
        self._told: dict[bytes, str] = {}
        self._now = threading.local()
        self._turns: dict[str, int] = {}

    def copy(self, **options: Any) -> ScriptedLM:
        """As `dspy.LM.copy`; the copy shares what was asked."""
        new = copy(self)
        new.kwargs = {**self.kwargs, **options}
        return new

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """As `dspy.LM`."""
        rollout = {**self.kwargs, **options}.get("rollout_id")
        token = _rollout.set(rollout)
        try:
            return super().__call__(*arguments, **options)
        finally:
            _rollout.reset(token)

    def update_history(self, entry: dict[str, Any]) -> None:
        """Nothing is kept, as by the package's own LMs in a run."""

    def reply(self, messages: list[dict[str, Any]]) -> str:
        """An answer that nobody counts or keeps here."""
        self._now.system = " ".join(str(messages[0]["content"]).split())
        self._now.asked = int(hashlib.sha256(json.dumps(messages).encode()).hexdigest()[:6], 16)
        return super().answer(messages)

    def answer(self, messages: list[dict[str, Any]]) -> str:
        """As `FakeLM.answer`; a question that was asked before is answered as from a cache, and not counted."""
        key = hashlib.sha256(json.dumps([messages, _rollout.get()], default=str).encode()).digest()
        if key not in self._told:
            allow()
            self.calls += 1
            self._told[key] = self.reply(messages)
            record(CallRecord("scripted", "fake", 0.0, cost=0.001))
        return self._told[key]

    def _good(self, predictor: str) -> bool:
        return RULES[predictor] in self._now.system

    def _title(self, inputs: Mapping[str, Any]) -> str:
        """The paper that a question is about: by its title, else by the words that only it has."""
        text = str(inputs)
        named = [title for title in self._hosts if title in text]
        if named:
            return max(named, key=len)
        said = set(re.findall(r"\w+", text))
        return max(self._hosts, key=lambda title: len(said & set(re.findall(r"\w+", self._spoken(title)))))

    def _spoken(self, title: str) -> str:
        return " ".join(self._hosts[title].values())

    def _variation(self) -> str:
        return f" and counted {self._now.asked} times" if self.varied else ""

    def _plan(self, inputs: dict[str, Any]) -> dict[str, Any]:
        pair = self._pairs[self._title(inputs)]
        segments = [
            {
                "type": str(one.segment_type),
                "chapter": "",
                "point": "What it says.",
                "passages": [f"p{int(atom[-2:])}" for atom in one.primary_atoms],
                "seconds": max(1, round(one.transcript_segment.duration)),
            }
            for one in pair.aligned_segments or ()
        ]
        if not self._good("planner.plan"):
            segments = [{**segments[0], "seconds": 60}, {**segments[3], "seconds": 60}]
        parts = ("idea", "first", "question", "stake", "mechanism", "surprise", "answer", "limit")
        told = dict.fromkeys(parts, f"It is about what was found{self._variation()}.")
        return {
            "rundown": {
                "title": pair.document_graph.title,
                **told,
                "terms": [],
                "figures": [],
                "segments": segments,
            }
        }

    def _write(self, inputs: dict[str, Any]) -> dict[str, Any]:
        host, rundown = self._hosts[self._title(inputs)], inputs["rundown"]
        passages = dict(re.findall(r"^\[(p\d+)\] (.*)$", str(inputs["paper"]), re.MULTILINE))
        paragraphs = []
        for wanted in inputs["to_write"]:
            segment = rundown.segments[wanted.segment - 1]
            said = split_sentences(host[str(segment.type)])
            text = " ".join(said)
            if not self._good("writer.script"):
                read = " ".join(passages[name] for name in segment.passages if name in passages)
                text = (split_sentences(read) or ["Well."])[0]
            text = _of_length(text, wanted.words) if len(text.split()) < 0.6 * wanted.words else text
            if wanted is inputs["to_write"][min(1, len(inputs["to_write"]) - 1)]:
                text = f"{_INVENTED} {text}"
            counted = 700 + wanted.segment + (1000 * self._now.asked if self.varied else 0)
            text = f"{_ASIDE.format(counted)} {text}"
            paragraphs.append({"segment": wanted.segment, "text": text, "illustrations": []})
        return {"paragraphs": paragraphs}

    def _read(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Each sentence, which is a segment here, with its host's type, or with that of the method."""
        host = self._hosts[self._title(inputs)]
        said = re.findall(r"^\[(\d+)\] (.*)$", str(inputs["transcript"]), re.MULTILINE)
        kinds = {text: kind for kind, text in host.items()}
        good = self._good("analyst.read")
        lists = ("sections", "figures", "concepts", "analogies", "questions")
        return {
            "segments": [
                {
                    "first": int(place),
                    "last": int(place),
                    "type": kinds[text] if good or place == said[0][0] else "methodology",
                    **{name: [] for name in lists},
                }
                for place, text in said
            ],
            "style": {
                **{name: [] for name in PHRASES},
                "definition_style": "none",
                "figure_explanation_depth": "none",
            },
        }

    def _listen(self, inputs: dict[str, Any]) -> dict[str, Any]:
        told = re.findall(r"^\[(\d+)\] (.*)$", inputs["script"], re.MULTILINE)
        notes = [
            {"paragraph": int(place), "trouble": "dull", "quote": "", "mend": "Leave the aside out."}
            for place, text in told
            if self._good("editor.listen") and _A_SIDE.search(text)
        ]
        return {"takeaway": f"Something was found{self._variation()}.", "notes": notes}

    def _check(self, inputs: dict[str, Any]) -> dict[str, Any]:
        doubted = self._good("editor.check")
        return {
            "verdicts": [
                {
                    "number": claim.number,
                    "verdict": "no source" if doubted and claim.sentence == _INVENTED else "supported",
                    "reason": "nobody praises it" if doubted and claim.sentence == _INVENTED else "",
                }
                for claim in inputs["sentences"]
            ]
        }

    def _revise(self, inputs: dict[str, Any]) -> dict[str, Any]:
        told = dict(re.findall(r"^\[(\d+), \d+ words\] (.*)$", inputs["script"], re.MULTILINE))
        notes: dict[str, str] = {}
        for note in inputs["notes"]:
            place, _, text = note.removeprefix("Paragraph ").partition(": ")
            notes[place] = f"{notes.get(place, '')} {text}"
        revised = []
        for place, note in notes.items():
            text = told[place].replace(_INVENTED, "") if _INVENTED in note else told[place]
            if "aside" in note and (self._good("editor.revise") or int(place) % 2):
                text = _A_SIDE.sub("", text)
            text = " ".join(text.split())
            if length := re.findall(r"about (\d+) in all", note):
                text = _of_length(text, int(length[-1]))
            revised.append({"paragraph": int(place), "text": text, "illustrations": []})
        return {"revised": revised}

    def _proposal(self, current: str, evidence: Any, turn: int | None = None) -> str:
        """The present instructions with a sentence that does nothing, and the next time with the one that helps."""
        name = next(name for name, kind in _SIGNATURES.items() if _begins(kind.instructions) in current)
        if turn is None:
            turn = self._turns[name] = self._turns.get(name, 0) + 1
        useful = bool(evidence) and turn % 2 == 0
        return f"{current.rstrip()}\n\n{RULES[name] if useful else f'Take care, and take care {turn} times.'}"

    def _rewrite(self, inputs: dict[str, Any]) -> dict[str, Any]:
        feedback = [one["Feedback"] for one in inputs["examples_with_feedback"] if one["Feedback"].strip()]
        return {"new_instruction": self._proposal(inputs["current_instruction"], feedback, _rollout.get())}

    def _propose(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"proposed_instruction": self._proposal(inputs["basic_instruction"], True)}

    def _advise(self, inputs: dict[str, Any]) -> dict[str, Any]:
        name = next(
            n
            for n, kind in _SIGNATURES.items()
            if _begins(kind.instructions) in " ".join(str(inputs).split())
        )
        return {"discussion": "It can be better.", "module_advice": {"predictor": RULES[name]}}

    def _refine(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Half of the predictors at a time, those that have feedback."""
        turn = len(inputs["tried"]) + 1
        prompts = inputs["prompts"]
        wanted = [name for name in prompts if name in RULES and RULES[name] not in prompts[name]]
        chosen = [name for name in wanted if name.startswith("editor.") == (turn % 2 == 0)] or wanted
        return {
            "prompt_modifications": [
                {
                    "predictor": name,
                    "instructions": f"{prompts[name].rstrip()}\n\n{RULES[name]}",
                    "reasoning": "the losses ask for it",
                }
                for name in chosen
                if inputs["suggestions"]
            ],
            "profile_adjustments": [],
            "priority_focus": "coverage",
        }


class CountingEngine(FakeEngine):
    """The scripted LM as a provider: each answer comes with its tokens, four characters each."""

    def complete(self, request: lm15.Request) -> lm15.Response:
        """One answer."""
        messages = [{"role": "system", "content": str(request.system or "")}]
        messages += [{"role": one.role, "content": one.text or ""} for one in request.messages]
        text = self.lm.reply(messages)
        read, written = sum(len(one["content"]) for one in messages) // 4, len(text) // 4
        usage = lm15.Usage(input_tokens=read, output_tokens=written, total_tokens=read + written)
        message = lm15.Message.assistant([lm15.TextPart(text)])
        return lm15.Response(id=None, model="fake", message=message, finish_reason="stop", usage=usage)


def _of_length(text: str, words: int) -> str:
    """A text of so many words: cut behind a sentence, or with what says nothing."""
    kept: list[str] = []
    for sentence in split_sentences(text):
        if kept and len(" ".join((*kept, sentence)).split()) > words:
            break
        kept.append(sentence)
    left = words - len(" ".join(kept).split())
    for filler in _FILLERS:
        if left > 2:
            said = filler.rstrip(".").split()[:left]
            kept.append(f"{' '.join(said)}.")
            left -= len(said)
    return " ".join(kept)


def _begins(instructions: str) -> str:
    return " ".join(instructions.split())[:60]
