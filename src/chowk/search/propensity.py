"""How likely a place in a list is looked at: position bias, learned from the store's own log.

The position-based model (Craswell et al. 2008) says P(click) = θ_k · γ(query, product). Where the
same product was shown for the same query at several places (two rankers, swapped pairs, noise),
those impressions are an intervention that the log already holds (Agarwal et al. 2019, "Estimating
position bias without intrusive interventions"). Clicks are modelled as Poisson with one factor a
query–product pair and one a place, whose maximum likelihood is found by alternating; in this model
the many pair factors do not bias the few place factors (Hausman, Hall and Griliches 1984).

A ranker that knows the shopper shows a product higher to those who like it, and so makes low places
look worse than they are. Of the rankers that a log tells apart, the one counts that moves the same
products for the same query least: what moves them there is noise, and noise is an experiment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis

#: Places further down share the last one's propensity.
PLACES = 24
#: No click counts more than this many.
MOST_WEIGHT = 20.0
#: A ranker is learned from alone when so many clicks went to products that it moved.
LEAST_CLICKS = 500
_ROUNDS = 300

Floats = NDArray[np.float64]


@relational("events")
def shown_and_clicked(events: ibis.Table) -> ibis.Table:
    """Impressions and clicks of searches by query, product, place and experiment.

    Returns
    -------
    query, product_id, position, experiment, shown, clicked
    """
    asked = events.filter((events.kind == "search") & events.query_id.notnull())
    asked = asked.group_by("query_id").agg(text=lambda t: t["query"].max())
    lists = events.filter(
        events.kind.isin(("view_item_list", "select_item"))
        & events.query_id.notnull()
        & events.product_id.notnull()
        & events.position.notnull()
    ).select("query_id", "product_id", "position", "kind", experiment="experiment_id")
    both = lists.inner_join(asked, "query_id")
    return (
        both.group_by("text", "product_id", "position", "experiment")
        .agg(
            shown=lambda t: (t.kind == "view_item_list").cast("int64").sum(),
            clicked=lambda t: (t.kind == "select_item").cast("int64").sum(),
        )
        .rename(query="text")
    )


def propensities(counts: pa.Table, *, places: int = PLACES) -> Floats:
    """θ of place 1 … `places`, θ_1 = 1.

    counts : rows of query, product_id, position, shown and clicked; with `experiment`, the rankers
        are told apart (`name/anything` counts to `name`), and the steadiest is learned from.
    """
    keys = ["query", "product_id"]
    table = counts
    if "experiment" in table.column_names:
        import pyarrow.compute as pc

        ranker = pc.list_element(pc.split_pattern(pc.fill_null(table["experiment"], ""), "/"), 0)
        table = _steadiest(table.append_column("ranker", ranker))
    table = table.group_by([*keys, "position"]).aggregate([("shown", "sum"), ("clicked", "sum")])
    pairs = table.group_by(keys).aggregate([("position", "count")])
    at = {key: i for i, key in enumerate(zip(*(pairs[k].to_pylist() for k in keys), strict=True))}
    pair = np.array(
        [at[k] for k in zip(*(table[k].to_pylist() for k in keys), strict=True)], np.int64
    )
    place = np.minimum(table["position"].to_numpy(), places).astype(np.int64) - 1
    shown = table["shown_sum"].to_numpy().astype(float)
    clicked = np.minimum(table["clicked_sum"].to_numpy(), shown).astype(float)
    kept = (shown > 0) & (place >= 0)
    pair, place, shown, clicked = pair[kept], place[kept], shown[kept], clicked[kept]
    theta = 1.0 / np.arange(1, places + 1)
    if not clicked.sum():
        return np.ones(places)
    of_pair = np.bincount(pair, clicked, minlength=len(at))
    # A click or two before any evidence: places that were never shown keep a falling curve.
    prior = 2.0
    of_place = np.bincount(place, clicked, minlength=places) + prior * theta
    for _ in range(_ROUNDS):
        expected = np.bincount(pair, shown * theta[place], minlength=len(at))
        gamma = np.divide(of_pair, expected, out=np.zeros(len(at)), where=expected > 0)
        weight = np.bincount(place, shown * gamma[pair], minlength=places) + prior
        new = of_place / weight
        new /= new[0]
        if np.abs(new - theta).max() < 1e-6:
            theta = new
            break
        theta = new
    return np.minimum(theta, 1.0)


def _steadiest(table: pa.Table) -> pa.Table:
    """The rows of the ranker whose places of a pair differ least, among those with enough clicks
    on products that stood at several places."""
    import pyarrow.compute as pc

    best: tuple[float, pa.Table] | None = None
    for name in sorted(table["ranker"].unique().to_pylist()):
        rows = table.filter(pc.equal(table["ranker"], name))
        place = rows["position"].to_numpy().astype(float)
        shown, clicked = (rows[c].to_numpy().astype(float) for c in ("shown", "clicked"))
        names = zip(rows["query"].to_pylist(), rows["product_id"].to_pylist(), strict=True)
        numbers: dict[tuple[str, str], int] = {}
        pair = np.array([numbers.setdefault(key, len(numbers)) for key in names], np.int64)
        n = np.maximum(np.bincount(pair, shown), 1e-9)
        mean = np.bincount(pair, shown * place) / n
        apart = np.bincount(pair, shown * (place - mean[pair]) ** 2)
        moved = apart > 0
        if clicked[moved[pair]].sum() < LEAST_CLICKS:
            continue
        often = n > 1
        spread = float(apart[often].sum() / (n[often] - 1).sum()) if often.any() else np.inf
        if best is None or spread < best[0]:
            best = spread, rows
    return table if best is None else best[1]


def weights(theta: Floats, position: NDArray[np.integer]) -> Floats:
    """What a click at each place counts: 1 / θ, at most `MOST_WEIGHT`."""
    place = np.clip(position, 1, len(theta)) - 1
    result: Floats = np.minimum(1.0 / np.maximum(theta[place], 1e-9), MOST_WEIGHT)
    return result
