"""Online Retail by time: the basket after the cut, products first sold after it, and their names.

The data folder flows in, rows of `bench/discovery.py` flow out: `retail` judges the journey that
`auto` keeps beside implicit's item-kNN, `texts` one that reads names beside one that does not.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from _report import Row, lacking
from chowk.discovery import Journey
from chowk.discovery.language import LanguageJourney
from chowk.learn.bootstrap import paired_interval
from chowk.search.encoding import TextEncoder


def bought(data: Path, earlier: int = 0) -> dict[str, Any]:
    """Customers' steps before a cut, what each bought first after it, and products' names.

    The cut is four weeks before the end, or `earlier` times four weeks before that.
    """
    path = data / "online_retail" / "online_retail.parquet"
    if not path.is_file():
        lacking("discovery", f"{path} is not there. Name the folder of the data with --data.")
    table = pq.read_table(path, columns=["InvoiceNo", "StockCode", "Description", "Quantity",
                                         "InvoiceDate", "CustomerID"])  # fmt: skip
    frame = table.to_pandas()
    frame = frame[(frame.Quantity > 0) & frame.CustomerID.notna()]
    frame = frame.sort_values("InvoiceDate", kind="stable")
    weeks = np.timedelta64(28, "D")
    end = frame.InvoiceDate.max() - earlier * weeks
    frame = frame[frame.InvoiceDate <= end]
    cut = end - weeks
    old, new = frame[frame.InvoiceDate < cut], frame[frame.InvoiceDate >= cut]
    past = old.groupby("CustomerID").StockCode.apply(list)
    steps = {
        c: [
            {"product_id": one, "kind": "purchase", "ts": moment.isoformat()}
            for one, moment in zip(rows.StockCode, rows.InvoiceDate, strict=True)
        ]
        for c, rows in old.groupby("CustomerID")
    }
    first = new.groupby("CustomerID").InvoiceNo.first()
    asked = [c for c in first.index if c in past.index]
    truth = [set(new[new.InvoiceNo == first[c]].StockCode) for c in asked]
    names = frame.drop_duplicates("StockCode")[["StockCode", "Description"]]
    features = [{"product_id": a, "title": b} for a, b in names.itertuples(index=False)]
    known = set(old.StockCode)
    fresh = [f["product_id"] for f in features if f["product_id"] not in known]
    found = {"past": past, "steps": steps, "asked": asked, "truth": truth}
    return found | {"features": features, "fresh": fresh}


def of_new(model: Journey, shop: dict[str, Any]) -> list[float]:
    """Recall@10 among the new products, of those who bought one."""
    hits = []
    for c, wanted in zip(shop["asked"], shop["truth"], strict=True):
        if wanted & set(shop["fresh"]):
            score = dict(
                zip(shop["fresh"], model.score(shop["steps"][c], shop["fresh"]), strict=True)
            )
            best_ten = sorted(score, key=lambda one: (-score[one], one))[:10]
            hits.append(recall(best_ten, wanted & set(shop["fresh"])))
    return hits


def in_baskets(model: Journey, shop: dict[str, Any]) -> np.ndarray:
    """Next-basket recall@10 of each customer."""
    lists = model.next_many([shop["steps"][c] for c in shop["asked"]], 10)
    return np.array(
        [recall([p for p, _ in found], wanted)
         for found, wanted in zip(lists, shop["truth"], strict=True)]
    )  # fmt: skip


def retail(data: Path, seed: int, case: str, earlier: int = 0) -> list[Row]:
    """What each customer buys in the basket after the cut, and products first sold after it."""
    shop = bought(data, earlier)
    steps, asked, fresh = shop["steps"], shop["asked"], shop["fresh"]
    started = time.perf_counter()
    model = Journey(repeats=True, seed=seed).fit(list(steps.values()), shop["features"])
    spent = time.perf_counter() - started
    print(f"{case}: kept {model.method_} in {spent:.0f} s; inside fit: {model.contest_}")
    ours, light = in_baskets(model, shop), in_baskets(model.in_form("light"), shop)
    rows = [Row(case, "next-basket recall@10", "higher", float(ours.mean()))]
    if importlib.util.find_spec("implicit") is not None:
        name, theirs = _implicit(shop["past"], asked, shop["truth"])
        rows[0] = Row(case, "next-basket recall@10", "higher", float(ours.mean()), name,
                      float(np.mean(theirs)))  # fmt: skip
        gain = paired_interval(ours, np.array(theirs), seed=seed)
        print(f"{case}: minus {name} [{gain.low:+.4f}, {gain.high:+.4f}]")
        rows.append(Row(case, "next-basket recall@10, light form", "higher", float(light.mean()),
                        name, float(np.mean(theirs))))  # fmt: skip
    if hits := of_new(model, shop):
        rows.append(Row(case, f"new products, recall@10 of {len(fresh)}", "higher",
                        float(np.mean(hits)), "chance", min(1.0, 10 / len(fresh))))  # fmt: skip
    return rows


def own(weights: Path) -> Any:
    """The encoder of `--pretrained`: nothing is downloaded."""
    if importlib.util.find_spec("sentence_transformers") is None:
        lacking("discovery", "--pretrained needs: pip install sentence-transformers.")
    models = importlib.import_module("sentence_transformers")
    return models.SentenceTransformer(str(weights), local_files_only=True)


def texts(
    data: Path, seed: int, case: str, earlier: int = 0, weights: Path | None = None
) -> list[Row]:
    """A journey that reads what products are called, beside the same that does not."""
    shop = bought(data, earlier)
    steps, fresh = list(shop["steps"].values()), shop["fresh"]
    named = [f["title"] for f in shop["features"] if f["title"]]
    encoder = own(weights) if weights else TextEncoder.fit(named, seed=seed)
    rows = []
    for method in ("light", "learned"):
        started = time.perf_counter()
        reads = LanguageJourney(method, encoder=encoder, repeats=True, seed=seed)
        reads.fit(steps, shop["features"])
        spent, kept = time.perf_counter() - started, reads.weight_
        print(f"{case}, {method}: texts count {kept}, in {spent:.0f} s; {reads.language_}")
        ours, news = in_baskets(reads, shop), of_new(reads, shop)
        reads.weight_ = 0.0  # the plain journey, of the same steps
        theirs, old = (in_baskets(reads, shop), of_new(reads, shop)) if kept else (ours, news)
        gain = paired_interval(ours, theirs, seed=seed)
        print(f"{case}, {method}: minus the plain one [{gain.low:+.4f}, {gain.high:+.4f}]")
        for what, found, plain in (
            ("next-basket recall@10", ours.tolist(), theirs.tolist()),
            (f"new products, recall@10 of {len(fresh)}", news, old),
        ):
            if found:
                rows.append(Row(case, f"{what}, {method}", "higher", float(np.mean(found)),
                                "without texts", float(np.mean(plain))))  # fmt: skip
    return rows


def recall(ranked: list[Any], wanted: set[Any]) -> float:
    """Found among ten, over min(10, wanted)."""
    return len(set(ranked) & wanted) / min(10, len(wanted))


def _implicit(past: Any, asked: list[Any], truth: list[set[Any]]) -> tuple[str, list[float]]:
    """implicit's item-kNN, the best of three weightings on what is judged, which favours it."""
    from scipy import sparse

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from implicit import nearest_neighbours as knn
    ids = sorted({one for steps in past for one in steps})
    place = {one: at for at, one in enumerate(ids)}
    rows = [at for at, steps in enumerate(past) for _ in steps]
    columns = [place[one] for steps in past for one in steps]
    users = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)),
                              shape=(len(past), len(ids)))  # fmt: skip
    where = {c: at for at, c in enumerate(past.index)}
    found: dict[str, list[float]] = {}
    for name in ("BM25Recommender", "TFIDFRecommender", "CosineRecommender"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = getattr(knn, name)(K=200, num_threads=1)
            model.fit(users, show_progress=False)
            at = np.array([where[c] for c in asked])
            ranked, _ = model.recommend(at, users[at], N=10, filter_already_liked_items=False)
        found[name] = [
            recall([ids[i] for i in row if i >= 0], wanted)
            for row, wanted in zip(ranked, truth, strict=True)
        ]
    name = max(found, key=lambda n: float(np.mean(found[n])))
    return f"implicit {name}", found[name]
