"""Counts what a service does, as text that Prometheus reads.
Knows nothing about requests' contents. There are few enough figures that a client library would be larger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from workbench.store.serving.records import ServedRequest

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""The upper bounds of the histogram's buckets."""

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """The figures of one process, from its start."""

    def __init__(self) -> None:
        self._counters: dict[str, dict[Labels, float]] = {}
        self._helps: dict[str, str] = {}
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []
        self._buckets: Counter[tuple[Labels, float]] = Counter()
        self._sums: dict[Labels, float] = {}
        self._counts: Counter[Labels] = Counter()

    def count(self, name: str, help: str, labels: dict[str, str], value: float = 1) -> None:
        self._helps[name] = help
        counter = self._counters.setdefault(name, {})
        key = tuple(sorted(labels.items()))
        counter[key] = counter.get(key, 0) + value

    def gauge(self, name: str, help: str, read: Callable[[], float]) -> None:
        """A figure that is read whenever somebody looks."""
        self._gauges.append((name, help, read))

    def note_request(self, request: ServedRequest) -> None:
        """Count a question and what became of it."""
        labels = {"service": request.service_id, "role": request.role}
        outcome = {"state": request.state, "cached": str(request.cached).lower()}
        self.count("workbench_answers_total", "Questions by outcome.", labels | outcome)
        for kind, tokens in (("input", request.input_tokens), ("output", request.output_tokens)):
            self.count("workbench_tokens_total", "Tokens.", labels | {"kind": kind}, tokens)
        if request.cost_usd is not None:
            self.count("workbench_cost_usd_total", "US dollars of new calls.", labels, request.cost_usd)
        if request.state == "ok":
            self._observe_seconds(tuple(sorted(labels.items())), request.seconds)

    def _observe_seconds(self, labels: Labels, seconds: float) -> None:
        self._counts[labels] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + seconds
        for bound in SECONDS:
            if seconds <= bound:
                self._buckets[labels, bound] += 1

    def text(self) -> str:
        """All figures in Prometheus's text format, version 0.0.4."""
        lines = []
        for name, counter in sorted(self._counters.items()):
            lines += _head(name, self._helps[name], "counter")
            lines += [_line(name, labels, value) for labels, value in sorted(counter.items())]
        for name, help, read in self._gauges:
            lines += [*_head(name, help, "gauge"), _line(name, (), read())]
        lines += self._histogram("workbench_answer_seconds", "Seconds from the request to the whole answer.")
        return "\n".join(lines) + "\n"

    def _histogram(self, name: str, help: str) -> list[str]:
        lines = _head(name, help, "histogram")
        for labels, count in sorted(self._counts.items()):
            for bound in SECONDS:
                lines.append(
                    _line(f"{name}_bucket", (*labels, ("le", f"{bound:g}")), self._buckets[labels, bound])
                )
            lines.append(_line(f"{name}_bucket", (*labels, ("le", "+Inf")), count))
            lines.append(_line(f"{name}_sum", labels, self._sums[labels]))
            lines.append(_line(f"{name}_count", labels, count))
        return lines


def _head(name: str, help: str, kind: str) -> list[str]:
    return [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]


def _line(name: str, labels: Labels, value: float) -> str:
    written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{written}}} {value:g}" if written else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
