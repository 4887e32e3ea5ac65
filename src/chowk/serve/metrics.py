"""What Prometheus reads at /metrics: requests by route, journal positions, the build that serves.

With several workers each writes its counters to files of one folder (`PROMETHEUS_MULTIPROC_DIR`,
set by `chowk.serve.run` before a worker starts), and any worker answers for all of them. Labels are
route templates and statuses only: nothing a client can make up.
"""

from __future__ import annotations

import os
from typing import Any

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one process.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.observed("GET", "/v1/search", 200, 0.004)
    >>> b'chowk_requests_total{method="GET",route="/v1/search",status="200"} 1.0' in metrics.text()
    True
    """

    def __init__(self) -> None:
        # Imported here: the library decides at import whether it writes files.
        import prometheus_client as prometheus

        self._registry: Any = prometheus.CollectorRegistry()
        self._shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        labels = ("method", "route", "status")
        self._requests = prometheus.Counter(
            "chowk_requests", "Answered requests.", labels, registry=self._registry
        )
        self._seconds = prometheus.Histogram(
            "chowk_request_seconds",
            "Time from request to answer, seconds.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._applied = prometheus.Gauge(
            "chowk_journal_applied",
            "Position of the journal that is in the answers (of the slowest worker).",
            multiprocess_mode="livemin",
            registry=self._registry,
        )
        self._head = prometheus.Gauge(
            "chowk_journal_head",
            "Highest position of the journal.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._build = prometheus.Gauge(
            "chowk_build_workers",
            "Workers that serve this build.",
            ("build",),
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._name: str | None = None
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def observed(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        key = (method, route, status)
        held = self._children.get(key)
        if held is None:
            held = self._children[key] = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(method, route),
            )
        held[0].inc()
        held[1].observe(seconds)

    def serves(self, build: str, applied: int) -> None:
        """This process now serves `build`, with the journal up to `applied`."""
        self._applied.set(applied)
        if self._name is not None and self._name != build:
            self._build.labels(self._name).set(0)
        self._name = build
        self._build.labels(build).set(1)

    def text(self, head: int | None = None) -> bytes:
        """The exposition, of all workers when there are several."""
        import prometheus_client as prometheus
        from prometheus_client import multiprocess

        if head is not None:
            self._head.set(head)
        if not self._shared:
            return bytes(prometheus.generate_latest(self._registry))
        gathered = prometheus.CollectorRegistry()
        multiprocess.MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
        return bytes(prometheus.generate_latest(gathered))

    def close(self) -> None:
        """Take this process's gauges out of what the others report."""
        if self._shared:
            from prometheus_client import multiprocess

            multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]
