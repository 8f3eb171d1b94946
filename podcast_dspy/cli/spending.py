"""`--max-cost`, `--max-calls`, `--max-time` and `--dry-run`: the limits of a command, and what it will take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from podcast_dspy.cli.output import emit

if TYPE_CHECKING:
    from podcast_dspy.lms import Budget, Spent
    from podcast_dspy.lms.forecast import Forecast

MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost", metavar="DOLLARS", help="Stop before the next call of a model once so much is spent."
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option("--max-calls", metavar="N", help="Stop before a model is asked more often than this."),
]
MaxTime = Annotated[
    str | None,
    typer.Option(
        "--max-time", metavar="TIME", help="Stop after this time: minutes, or as in 90s, 20m, 2h, 1h30m."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Only tell how many calls, tokens, dollars and minutes to expect; ask and write nothing.",
    ),
]

_TIME = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


def budget_of(cost: float | None, calls: int | None, time: str | None) -> Budget:
    """The options as a budget. Raises SettingsError."""
    from podcast_dspy.lms import Budget

    return Budget(cost=cost, calls=calls, seconds=None if time is None else _seconds(time))


def _seconds(time: str) -> float:
    from podcast_dspy.errors import SettingsError

    text = time.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return 60.0 * float(text)
    found = _TIME.fullmatch(text)
    if not text or found is None:
        raise SettingsError(f"{time!r} is no time; give minutes, or write it as in 90s, 20m, 2h or 1h30m")
    hours, minutes, seconds = (float(part or 0.0) for part in found.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def check_prices(budget: Budget, roles: dict[str, str | None]) -> None:
    """Raise SettingsError for a limit in dollars where the price of a model is not known; `roles` by purpose."""
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.lms import resolve
    from podcast_dspy.lms.forecast import priced

    if budget.cost is None:
        return
    for purpose, role in roles.items():
        if role not in (None, "measured") and not priced(resolve(str(role), purpose=purpose)):
            raise SettingsError(
                f"the price of {role} is not known, so that --max-cost cannot be kept; use --max-calls or --max-time"
            )


def emit_forecast(forecast: Forecast, *, as_json: bool) -> None:
    """Print a forecast."""
    from podcast_dspy.reports import table

    rows = [
        [
            line.purpose,
            line.model,
            line.calls_told,
            f"{line.prompt_tokens:,}",
            f"{line.completion_tokens:,}",
            "not known" if line.cost is None else f"${line.cost:.2f}",
        ]
        for line in forecast.lines
    ]
    text = "\n".join(
        [
            table(["for", "model", "calls", "tokens read", "tokens written", "price"], rows, left=2),
            "",
            forecast.sentence,
            *forecast.basis,
        ]
    )
    emit(text, {"forecast": forecast}, as_json=as_json)


def spent_lines(spent: Spent) -> list[str]:
    """What was spent, in one line; none where no model was asked."""
    if not spent.calls:
        return []
    price = "price not known" if spent.cost is None else f"${spent.cost:.2f}"
    from podcast_dspy.lms.forecast import duration

    took = duration(sum(spent.seconds.values()))
    return [f"spent: {spent.calls:,} calls, {spent.tokens:,} tokens, {price}, {took}"]


def spent_data(spent: Spent) -> dict[str, Any]:
    """The same as JSON-able data, by part, purpose and model."""
    return {
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost,
        "seconds": spent.seconds,
        "entries": spent.entries,
    }
