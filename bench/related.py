"""`related` on a real store, beside implicit's item-kNN in the same run.

Online Retail: trained before the last four weeks, tested on their baskets of two products or more.
Half of each basket is given (by a hash of the ids), the other half is to be found: recall@10 over
min(10, size), fee codes left out. `--window validation` judges on the four weeks before, which is
what the method was chosen on; the test window is for the last look.

    python bench/related.py [--data FOLDER] [--json FILE] [--window test|validation]
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import chowk
from _report import Row, arguments, emit, lacking
from chowk.discovery.baskets import Baskets, held_out
from chowk.discovery.expressions import basket_lines
from chowk.discovery.system import METRIC, RelatedSystem
from chowk.learn.bootstrap import paired_interval
from chowk.learn.metrics import basket_recall, hits
from chowk.learn.splits import last_days
from chowk.store.reader import Reader
from chowk.store.store import Store

FEES = ("POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK")
CASE = "online_retail"


def main() -> None:
    """Fit, judge, print."""
    parser = arguments(__doc__)
    parser.add_argument("--window", choices=("test", "validation"), default="test")
    options = parser.parse_args()
    source = options.data / "online_retail" / "online_retail.parquet"
    if not source.is_file():
        lacking("related", f"{source} is not there. Name the folder of the data with --data.")
    with opened(source) as store:
        seen: Reader = store
        if options.window == "validation":
            seen = store.before(last_days(store, 28))
        emit("related", judge(seen), options.json)


def judge(store: Reader) -> list[Row]:
    """Every rival's row: ours beside the best and each of implicit's, and beside popularity."""
    cut = last_days(store, 28)
    started = time.perf_counter()
    system = RelatedSystem().fit(store.before(cut), seed=0)
    seconds = time.perf_counter() - started
    card = system.evaluate(store.since(cut))
    judged = held_out(store.engine, basket_lines(store.since(cut)["events"]), seed=0)
    model = system.model_
    ours = judged.recall(model)
    popular = judged.popularity(model)
    print(f"cut {cut:%Y-%m-%d}, {len(judged):,} baskets judged, kept: {system.winner_}")
    print(f"fit {seconds:.1f} s (all rivals, on the validation window inside the fit data)")
    rows = [
        Row(CASE, METRIC, "higher", float(ours.mean()), "popularity", float(popular.mean())),
    ]
    lines = store.arrow(basket_lines(store.before(cut)["events"]))
    theirs = dict(implicit_rivals(lines, judged))
    for name, values in theirs.items():
        gain = paired_interval(ours, values, seed=0)
        print(f"ours minus {name}: {gain.difference:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]")
        rows.append(Row(CASE, METRIC, "higher", float(ours.mean()), name, float(values.mean())))
    rows += [
        Row(CASE, METRIC, "higher", float(ours.mean()), f"our {m.case}", m.value)
        for m in card.measures
        if m.rows and m.case != system.winner_
    ]
    rows += [Row(CASE, "ms a basket, p95", "lower", latency(judged, system))]
    rows += [Row(CASE, "fit seconds", "lower", seconds)]
    return rows


def implicit_rivals(lines: Any, judged: Baskets) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """implicit's item-kNN on the same lines and halves: each weighting's best neighbourhood."""
    if importlib.util.find_spec("implicit") is None:
        print("implicit is not installed: pip install 'chowk[bench]'", file=sys.stderr)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from implicit.nearest_neighbours import (
            BM25Recommender,
            CosineRecommender,
            TFIDFRecommender,
        )
    _, basket = np.unique(lines["basket"].to_numpy(), return_inverse=True)
    ids, item = np.unique(lines["product_id"].to_numpy(), return_inverse=True)
    train = sparse.csr_matrix((np.ones(len(item), dtype=np.float32), (basket, item)))
    given, hidden = judged.matrices(ids.tolist())
    asked = sparse.csr_matrix(given.astype(np.float32))
    for name, recommender in (
        ("cosine", CosineRecommender),
        ("TF-IDF", TFIDFRecommender),
        ("BM25", BM25Recommender),
    ):
        # The neighbourhood is chosen for them on what is judged, which favours them.
        best = np.zeros(len(judged))
        kept = 0
        for size in (50, 200, 1000):
            rival = recommender(K=size, num_threads=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it converts its own matrices, and says so
                rival.fit(train, show_progress=False)
            ranked, scores = rival.recommend(
                np.arange(len(judged)), asked, N=10, filter_already_liked_items=True
            )
            values = basket_recall(hits(np.where(scores > 0, ranked, -1), hidden), judged.sizes)
            if values.mean() > best.mean():
                best, kept = values, size
        yield f"implicit {name} K={kept}", best


def latency(judged: Baskets, system: RelatedSystem) -> float:
    """95th percentile of `for_basket` over the given halves, milliseconds."""
    given, _ = judged.matrices(system.model_.ids)
    ids = np.asarray(system.model_.ids, dtype=object)
    spent = []
    for row in range(min(1000, len(judged))):
        asked = ids[given.indices[given.indptr[row] : given.indptr[row + 1]]].tolist()
        start = time.perf_counter()
        system.for_basket(asked, 10)
        spent.append(1000 * (time.perf_counter() - start))
    return float(np.quantile(spent, 0.95))


@contextmanager
def opened(source: Path) -> Iterator[Store]:
    """The purchases of Online Retail in a store that is gone afterwards."""
    import duckdb

    codes = ", ".join(f"'{code}'" for code in FEES)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as sql:
        sql.execute("SET TimeZone = 'UTC'")
        events = sql.sql(
            f"""
            SELECT 'line-' || row_number() OVER () AS event_id, InvoiceDate::TIMESTAMPTZ AS ts,
                InvoiceNo AS session_id, InvoiceNo AS order_id, 'purchase' AS kind,
                StockCode AS product_id, Quantity::DOUBLE AS quantity, StockCode IN ({codes}) AS fee
            FROM read_parquet('{source}') WHERE Quantity > 0 AND InvoiceNo NOT LIKE 'C%'
            """
        ).to_arrow_table()
        with chowk.create(Path(folder) / "shop", {"currency": "GBP"}) as store:
            store.write("events", events)
            yield store


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="fetch_arrow_table")
    main()
