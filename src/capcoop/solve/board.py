"""The board that those who search for a plan share: the best plan so far, the best proven bound, and whether it is over."""

from __future__ import annotations

import threading

import numpy as np

from capcoop.case.cascade import Values


class Board:
    """What is known of a program while several threads work on it. All methods may be called from any thread."""

    def __init__(self, goal: float = 0.0) -> None:
        """Begin with no plan and no bound. goal : the gap at which the search is over."""
        self.goal = goal
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._values: Values | None = None
        self._objective = np.inf
        self._bound = -np.inf

    def offer(self, values: Values, objective: float) -> bool:
        """Keep a plan if it is the best so far; return whether it is."""
        with self._lock:
            better = objective < self._objective
            if better:
                self._values, self._objective = values, objective
        return better

    def raise_bound(self, bound: float) -> None:
        """Keep a proven bound if it is the best so far."""
        with self._lock:
            self._bound = max(self._bound, bound)

    @property
    def best(self) -> tuple[Values | None, float]:
        """The best plan so far (None: none yet) and its objective."""
        with self._lock:
            return self._values, self._objective

    @property
    def bound(self) -> float:
        """The best proven bound; no plan can cost less."""
        with self._lock:
            return float(self._bound)

    @property
    def gap(self) -> float:
        """The proven relative distance of the best plan from the optimum (endless without both)."""
        with self._lock:
            distance = self._objective - self._bound
            if not np.isfinite(distance):
                return float(np.inf)
            return float(max(0.0, distance) / max(abs(self._objective), 1e-12))
