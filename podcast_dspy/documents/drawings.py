"""Counts how often the pages of a PDF draw its forms, forms inside forms included, before pdfium does.

A form that draws another one twice, which draws a third twice, and so on for forty levels, is drawn 10^12 times. Each
stream is counted once; only those that draw anything at all are looked at.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter, defaultdict
from collections.abc import Mapping

__all__ = ["MAX_DRAWS", "Drawings"]

MAX_DRAWS = 400_000
"""Forms drawn by one stream, all in all; a scatter plot may draw one for each of its points."""

MAX_MARKS = 5_000
"""Marks open at once; each costs pdfium as much as all that are open."""

_DO = re.compile(rb"\sDo\b")
_OPERAND = re.compile(rb"/([^\s/<>\[\]()]{1,80})\s*$")
_NAMED = re.compile(rb"/([^\s/<>\[\]()]{1,80})\s+(\d{1,9})\s+\d+\s+R")
_NUMBER = re.compile(rb"(\d{1,9})\s+\d+$")
_LONGEST_PLAIN = 20_000


def _plain_objects(data: bytes | mmap.mmap) -> dict[int, bytes]:
    """Objects by number, without what their streams hold."""
    plain: dict[int, bytes] = {}
    at = 0
    while (at := data.find(b" obj", at)) >= 0:
        number = _NUMBER.search(data[max(0, at - 20) : at])
        at += 4
        end = data.find(b"endobj", at, at + _LONGEST_PLAIN)
        if number is not None and end >= 0:
            plain[int(number[1])] = data[at:end].split(b"stream", 1)[0]
    return plain


class Drawings:
    """Streams that draw forms: `add` each of them, then ask for `most`."""

    def __init__(self) -> None:
        self._draws: dict[int, Counter[bytes]] = {}
        self._heads: dict[int, bytes] = {}
        self._nested = False

    def add(self, number: int, head: bytes, drawing: bytes) -> None:
        """A stream with its object number, its dictionary, and what it draws, unpacked."""
        marks = drawing.count(b" BMC") + drawing.count(b" BDC")
        self._nested = self._nested or marks - drawing.count(b"EMC") > MAX_MARKS
        draws: Counter[bytes] = Counter()
        for match in _DO.finditer(
            drawing
        ):  # looking back from the operator is ten times as fast as looking for names
            name = _OPERAND.search(drawing, max(0, match.start() - 82), match.start())
            if name:
                draws[name[1]] += 1
        if draws:
            self._draws[number] = draws
            self._heads[number] = head

    def most(self, data: bytes | mmap.mmap) -> int:
        """The most forms that any one stream of the file `data` draws."""
        if self._nested:
            return MAX_DRAWS + 1
        if not self._draws:
            return 0
        if max(draws.total() for draws in self._draws.values()) > MAX_DRAWS:
            return MAX_DRAWS + 1
        if len(self._draws) == 1:
            return next(iter(self._draws.values())).total()
        plain = _plain_objects(data)
        everywhere: defaultdict[bytes, set[int]] = defaultdict(set)
        for body in plain.values():
            for name, number in _NAMED.findall(body):
                if int(number) in self._draws:
                    everywhere[name].add(int(number))
        targets = {number: self._targets(number, plain, everywhere) for number in self._draws}
        known: dict[int, int] = {}
        # Depth first without recursion; a form that draws itself is skipped there, as pdfium does.
        for root in self._draws:
            stack, above = [root], {root}
            while stack:
                current = stack[-1]
                waiting = [
                    t for ts in targets[current].values() for t in ts if t not in known and t not in above
                ]
                if waiting and len(stack) < 500:
                    stack.append(waiting[0])
                    above.add(waiting[0])
                    continue
                known[current] = sum(
                    count * (1 + max((known.get(t, 0) for t in targets[current].get(name, ())), default=0))
                    for name, count in self._draws[current].items()
                )
                above.discard(stack.pop())
        return max(known.values())

    def _targets(
        self, number: int, plain: Mapping[int, bytes], everywhere: Mapping[bytes, set[int]]
    ) -> dict[bytes, set[int]]:
        """The drawing streams that each name drawn by a stream can stand for: those of its own resources, else any."""
        near = [self._heads[number]]
        for _ in range(2):  # the resources may be an object of their own, and their list of forms another one
            near += [plain[int(n)] for body in near for _, n in _NAMED.findall(body) if int(n) in plain]
        own: defaultdict[bytes, set[int]] = defaultdict(set)
        for name, n in (pair for body in near[:200] for pair in _NAMED.findall(body)):
            if int(n) in self._draws:
                own[name].add(int(n))
        return {name: own.get(name) or everywhere.get(name, set()) for name in self._draws[number]}
