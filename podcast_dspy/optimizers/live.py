"""What a run has cost so far and how long it takes at most, beside the progress of its rollouts."""

from __future__ import annotations

import time
from collections.abc import Callable

from podcast_dspy.lms import CostLedger
from podcast_dspy.lms.forecast import duration


class Live:
    """Progress with the dollars spent and the time left at the pace of this start."""

    def __init__(
        self, progress: Callable[[str, float, float], None], ledger: CostLedger, rollouts: int
    ) -> None:
        """`rollouts` are those of all trials that the run may have."""
        self._progress, self._ledger, self._rollouts = progress, ledger, rollouts
        self._begun = time.monotonic()
        self._first: int | None = None
        self._done = 0

    def finished(self, rollouts: int) -> None:
        """So many rollouts of the whole run are finished."""
        self._first = rollouts - 1 if self._first is None else self._first
        self._done = rollouts

    def tell(self, stage: str, done: float, total: float) -> None:
        """Report a stage."""
        cost = self._ledger.cost
        known = [f"${cost:.2f} so far"] if cost else []
        if self._first is not None:
            pace = (time.monotonic() - self._begun) / (self._done - self._first)
            if (left := pace * (self._rollouts - self._done)) >= 1.0:
                known.append(f"at most {duration(left)} left")
        self._progress(f"{stage} ({', '.join(known)})" if known else stage, done, total)
