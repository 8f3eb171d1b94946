"""Which publisher a paper is of, and the table of measures with one row for each publisher."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, pstdev

__all__ = ["print_publishers", "publisher_of"]

MEASURES = ("title exact", "authors exact", "abstract F1", "heading F1", "caption F1")

REGISTRANTS = {
    "10.1002": "Wiley",
    "10.1016": "Elsevier",
    "10.1038": "Nature",
    "10.1093": "Oxford",
    "10.1155": "Hindawi",
    "10.1177": "SAGE",
    "10.1186": "BMC",
    "10.1371": "PLOS",
    "10.2147": "Dove",
    "10.3389": "Frontiers",
    "10.3390": "MDPI",
}
"""Names of the publishers that registered a DOI's prefix; another prefix stands for itself."""


def publisher_of(gold_path: Path) -> str:
    """The publisher as the gold names it, else by the DOI's registrant, else the folder that holds the paper."""
    data = json.loads(gold_path.read_text())
    gold = data.get("document", data)
    if gold.get("publisher"):
        return str(gold["publisher"])
    prefix = str(gold.get("doi") or "").split("/")[0]
    if "examples" in gold_path.parts:
        return "own examples"
    folder = gold_path.parent if gold_path.parent.name == "papers" else gold_path.parent.parent
    return REGISTRANTS.get(prefix, prefix) or folder.name


def print_publishers(rows: Mapping[str, Mapping[str, float]]) -> None:
    """The table, and under it mean, spread and worst of each measure over publishers."""
    width = min(30, max(map(len, rows), default=0)) + 2
    print()
    print(f"{'publisher':{width}}{'papers':>7}" + "".join(f"{name:>15}" for name in MEASURES))
    for name, row in sorted(rows.items()):
        print(f"{name[: width - 2]:{width}}{row['papers']:7.0f}" + "".join(_shown(row[m]) for m in MEASURES))
    columns = {m: [row[m] for row in rows.values() if not math.isnan(row[m])] for m in MEASURES}
    for label, figure in (("mean", mean), ("spread (SD)", pstdev), ("worst", min)):
        cells = "".join(_shown(figure(c) if c else math.nan) for c in columns.values())
        print(f"{label:{width}}{len(rows):7.0f}{cells}")


def _shown(value: float) -> str:
    return f"{'-':>15}" if math.isnan(value) else f"{value:15.3f}"
