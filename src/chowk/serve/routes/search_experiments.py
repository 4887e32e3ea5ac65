"""GET, PUT and DELETE /v1/search/experiments, and their reports.

An experiment stands in the store's folder as `experiments.json` and holds at once in every worker;
who changed which is a row of the desk's audit log. While one runs, a search that names its
`session` is answered by the session's variant, and the exposure is written to the journal. A report
counts what the tables hold, so exposures since the last build are not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, delete, get, put

from chowk.journal import Entry
from chowk.search.experiments import team_draft
from chowk.search.results import Hit, Results
from chowk.search.trials import EXPOSURE, Experiment, Preference, Trials, credited, found, outcomes
from chowk.serve.keys import needs
from chowk.serve.parameters import path_id
from chowk.serve.problems import not_found
from chowk.serve.structs import read_as

from .search_rules import actor_of

_STEM = "/v1/search/experiments/"
_REPORT = "/v1/search/experiment-reports/"


class ExperimentList(msgspec.Struct, frozen=True):
    """All experiments, by name; `running` is the one that holds now."""

    experiments: tuple[Experiment, ...]
    running: str | None


class OutcomeRow(msgspec.Struct, frozen=True):
    """A variant's sessions and the share of them that did it; the difference to the first variant
    with its 95 % interval (Newcombe's)."""

    variant: str
    sessions: int
    share: float
    difference: float
    low: float
    high: float


class ExperimentReport(msgspec.Struct, frozen=True):
    """What came of an experiment; `preference` where pages were interleaved."""

    experiment: str
    clicked: tuple[OutcomeRow, ...]
    bought: tuple[OutcomeRow, ...]
    preference: Preference | None = None


def trials_of(request: Request[Any, Any, Any]) -> Trials:
    """The store's experiments, kept for the life of the application."""
    state = request.app.state
    if not hasattr(state, "trials"):
        state.trials = Trials(state.serving.store.path / "experiments.json")
    kept: Trials = state.trials
    return kept


class Shown(msgspec.Struct, frozen=True):
    """An answer in an experiment: its id, and for each hit the variant that brought it."""

    results: Results
    experiment_id: str | None = None
    of_hits: tuple[str, ...] = ()


def drawn(name: str, session: str, query: str) -> int:
    """The seed of a draft: one session sees one draft of a query, however often it asks.

    >>> drawn("both", "s1", "lamp") == drawn("both", "s2", "lamp")
    False
    """
    text = f"{name}\0{session}\0{query}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def answered(
    request: Request[Any, Any, Any],
    session: str | None,
    query: str,
    ask: Callable[..., Results],
    k: int,
    offset: int,
    sort: str,
) -> Shown:
    """The answer of the session's variant, where an experiment runs; else the usual one.

    Only the order by relevance differs. Pages are interleaved on the first one alone: later pages
    are the first variant's without what was shown there, which can make one shorter than `k`. They
    are no exposures, and no click on them counts for either variant.
    """
    trial = trials_of(request).running() if session else None
    if trial is None or session is None or sort != "relevance":
        return Shown(ask())
    if trial.mode == "split":
        name = trial.variant(session)
        variant = trial.variants[name]
        results = ask(step=variant.step, variety=variant.variety)
        return Shown(results, f"{trial.name}/{name}", ())
    first, second = sorted(trial.variants)
    both = {}
    size = min(k, offset) or k  # of the first page: as large as this one, or all that is before it
    for team, name in (("a", first), ("b", second)):
        variant = trial.variants[name]
        both[team] = ask(step=variant.step, variety=variant.variety, k=size, offset=0)
    seed = drawn(trial.name, session, query)
    ranked = {team: [hit.product_id for hit in found.hits] for team, found in both.items()}
    page = team_draft(ranked["a"], ranked["b"], k=size, seed=seed)
    if offset:
        variant = trial.variants[first]
        of_first = partial(ask, step=variant.step, variety=variant.variety)
        return Shown(_later(of_first, both["a"], {one for one, _ in page}, k, offset - size))
    hit_of: dict[str, Hit] = {}
    for found_ in (both["b"], both["a"]):
        hit_of |= {hit.product_id: hit for hit in found_.hits}
    results = msgspec.structs.replace(both["a"], hits=[hit_of[one] for one, _ in page])
    names = {"a": f"{trial.name}/{first}", "b": f"{trial.name}/{second}"}
    return Shown(results, f"{trial.name}/{first}+{second}", tuple(names[team] for _, team in page))


def _later(
    ask: Callable[..., Results], begun: Results, seen: set[str], k: int, start: int
) -> Results:
    """A page after an interleaved one: from `start` of what the first page left of a ranking.

    First what of the ranking's own beginning gave way to the other's, then what follows it. `begun`
    are the hits that compete for the first page, `seen` what was shown there.
    """
    left = [hit for hit in begun.hits if hit.product_id not in seen]
    hits = left[start : start + k]
    if len(hits) < k:
        beyond = len(begun.hits) + max(start - len(left), 0)
        more = ask(k=k - len(hits), offset=beyond).hits
        hits += [hit for hit in more if hit.product_id not in seen]
    return msgspec.structs.replace(begun, hits=hits)


def exposed(
    request: Request[Any, Any, Any],
    experiment_id: str,
    session: str,
    query_id: str,
    query: str,
    region: str | None,
) -> None:
    """Write to the journal who saw which variant; nobody waits for it."""
    row = {
        "event_id": f"x-{query_id}",
        "ts": datetime.now(UTC).isoformat(),
        "session_id": session,
        "kind": EXPOSURE,
        "query_id": query_id,
        "query": query or None,
        "region": region,
        "surface": "search",
        "experiment_id": experiment_id,
    }
    entry = Entry.checked("event", {k: v for k, v in row.items() if v is not None})
    request.app.state.serving.journal.submit([entry])


@get(
    "/v1/search/experiments",
    opt=needs("staff", "catalogue.read"),
    summary="The experiments on searches",
    tags=["search"],
)
async def read(request: Request[Any, Any, Any]) -> ExperimentList:
    """Every experiment, and which one runs."""
    trials = trials_of(request)
    every = await run_sync(trials.every)
    now = trials.running()
    return ExperimentList(every, now.name if now else None)


@put(
    "/v1/search/experiments/{name:str}",
    opt=needs("staff", "merchandising.write"),
    summary="Add or replace an experiment",
    tags=["search"],
    status_code=200,
)
async def write(request: Request[Any, Any, Any]) -> Experiment:
    """One experiment; it runs from now on, or between its dates."""
    name = path_id(request, _STEM, "a name")
    experiment = await read_as(request, Experiment, name=name)
    trials = trials_of(request)
    had = name in {one.name for one in trials.every()}
    kept = await run_sync(trials.put, experiment)
    await run_sync(_recorded, request, "search.experiment.put", name, had)
    return kept


@delete(
    "/v1/search/experiments/{name:str}",
    opt=needs("staff", "merchandising.write"),
    summary="End an experiment",
    tags=["search"],
    status_code=200,
)
async def remove(request: Request[Any, Any, Any]) -> Response[Any]:
    """The experiment runs no longer; what was seen stays in the events."""
    name = path_id(request, _STEM, "a name")
    if not await run_sync(trials_of(request).remove, name):
        raise not_found("experiment", name, "GET /v1/search/experiments lists those there are.")
    await run_sync(_recorded, request, "search.experiment.remove", name, True)
    return Response({"removed": name})


def report_of(serving: Any, experiment: Experiment) -> ExperimentReport:
    """What the tables say of an experiment."""
    with serving.reading() as store:
        events, engine = store.table("events"), store.engine
        sessions = engine.arrow(outcomes(events, name=experiment.name))
        clicks = engine.arrow(credited(events, name=experiment.name))
    did, preference = found(experiment, sessions, clicks)

    def rows(name: str) -> tuple[OutcomeRow, ...]:
        return tuple(OutcomeRow(**one._asdict()) for one in did[name])

    return ExperimentReport(experiment.name, rows("clicked"), rows("bought"), preference)


@get(
    "/v1/search/experiment-reports/{name:str}",
    opt=needs("staff", "store.read"),
    summary="What came of an experiment",
    tags=["search"],
)
async def report(request: Request[Any, Any, Any]) -> ExperimentReport:
    """Sessions that clicked and bought by variant, with intervals."""
    name = path_id(request, _REPORT, "a name")
    named = {one.name: one for one in await run_sync(trials_of(request).every)}
    if name not in named:
        raise not_found("experiment", name, "GET /v1/search/experiments lists those there are.")
    return await run_sync(report_of, request.app.state.serving, named[name])


def _recorded(request: Request[Any, Any, Any], action: str, name: str, had: bool) -> None:
    request.app.state.serving.desk.record(
        actor=actor_of(request),
        action=action,
        subject=f"search-experiment:{name}",
        before={"there": had},
        after=None,
    )


ROUTES = (read, write, remove, report)
