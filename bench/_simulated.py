"""Simulated stores beside their hidden truth, for `discovery`: substitutes, ways, streams."""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from _report import Row
from chowk.discovery import Journey, RelatedProducts
from chowk.discovery.streams import country, live_now, usual_words
from chowk.discovery.substitutes_system import SubstitutesSystem
from chowk.discovery.visits import bought_in_order
from chowk.learn.bootstrap import paired_interval
from chowk.sample.making import make
from chowk.sample.market import Market
from chowk.sample.places import INDIA
from chowk.sample.world import world

#: Of serendipity.
SETTINGS = (0, 0.3, 1)
#: Choices of a stream that are judged in each store.
CHOICES = 1_000


def ways(ahead: np.ndarray, back: np.ndarray) -> np.ndarray:
    """1 where the right way scores higher, half where both are equal."""
    return (ahead > back) + 0.5 * (ahead == back)


def sample(data: Path, seed: int, case: str) -> list[Row]:
    """Simulated stores of 1,000 products at three odd seeds, beside the truth outside them."""
    stores = [judged(one) for one in (2 * seed + 1, 2 * seed + 3, 2 * seed + 5)]
    return rows_of(stores, case)


def rows_of(stores: list[dict[str, list[Any]]], case: str) -> list[Row]:
    """The figures of some stores, every product, pair and customer alike."""

    def mean(name: str) -> Any:
        return np.mean([value for store in stores for value in store[name]], axis=0)

    ours, words, viewed, whole = mean("substitutes").tolist()
    live, viewers = mean("streams").tolist()
    plain, plain_gain, some, some_gain, bold, bold_gain = mean("lists").tolist()
    name = "substitutes, precision@5"
    return [
        Row(case, name, "higher", ours, "like words", words),
        Row(case, name, "higher", ours, "most viewed of the category", viewed),
        Row(case, f"{name}, with sentences", "higher", whole, "without", ours),
        Row(case, "complements, direction", "higher", float(mean("direction"))),
        Row(case, "LIVE, NDCG@10", "higher", live, "most viewers now", viewers),
        Row(case, "serendipity@10, setting 0.3", "higher", some, "setting 0", plain),
        Row(case, "its NDCG@10 by hidden liking", "higher", some_gain, "setting 0", plain_gain),
        Row(case, "serendipity@10, setting 1", "higher", bold, "setting 0", plain),
        Row(case, "its NDCG@10 by hidden liking", "higher", bold_gain, "setting 0", plain_gain),
    ]


def judged(seed: int) -> dict[str, list[Any]]:
    """What each product, pair, choice and customer of one store gives, by name."""
    made: dict[str, list[Any]] = {"substitutes": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop"
        secret = path.with_name("shop-truth")
        with make(
            path, seed=seed, products=1000, customers=2500, events=80_000, images=False
        ) as shop:
            model = SubstitutesSystem().fit(shop, seed=0).model_
            whole = SubstitutesSystem(sentences="latent").fit(shop, seed=0).model_
            ordered = bought_in_order(shop["events"], days=60)
            seen = shop.arrow(ordered.order_by("source", "target"))
            shelf = shop.arrow(shop["products"].select("product_id", "title", "category"))
            made["lists"] = surprising(shop, seed)
            made["streams"] = on_air(shop, secret, shelf)
        truth: dict[str, set[str]] = {}
        for row in pq.read_table(secret / "substitutes.parquet").to_pylist():
            truth.setdefault(row["source"], set()).add(row["target"])
        pairs = pq.read_table(secret / "complements.parquet")
    for source, right in truth.items():
        lists = (
            [p for p, _ in model.recommend(source, 5)[0]],
            model.alike(source, 5),
            model.popular(source, 5),
            [p for p, _ in whole.recommend(source, 5)[0]],
        )
        made["substitutes"].append(
            [float(np.mean([p in right for p in found])) if found else 0.0 for found in lists]
        )
    goes = RelatedProducts().fit(seen, shelf)
    s, t = pairs["source"].to_pylist(), pairs["target"].to_pylist()
    made["direction"] = ways(goes.score(s, t), goes.score(t, s)).tolist()
    return made


def live(data: Path, seed: int, case: str) -> list[Row]:
    """LIVE alone, on five stores of odd seeds: the stream that was chosen, beside viewers now."""
    every = []
    for one in range(2 * seed + 1, 2 * seed + 11, 2):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shop"
            with make(
                path, seed=one, products=1000, customers=2500, events=80_000, images=False
            ) as shop:
                shelf = shop.arrow(shop["products"].select("product_id", "title", "category"))
                every.append(on_air(shop, path.with_name("shop-truth"), shelf))
        ours, theirs = np.mean(every[-1], axis=0)
        print(f"{case}, seed {one}: {ours:.4f}, viewers {theirs:.4f} ({ours / theirs - 1:+.1%})")
    ours, theirs = (np.concatenate([np.array(store)[:, i] for store in every]) for i in (0, 1))
    gain = paired_interval(ours, theirs, seed=seed)
    print(f"{case}: minus viewers [{gain.low:+.4f}, {gain.high:+.4f}]")
    return [Row(case, "NDCG@10", "higher", ours.mean(), "most viewers now", theirs.mean())]


def surprising(shop: Any, seed: int) -> list[tuple[float, ...]]:
    """Of each customer serendipity@10 and NDCG@10, for each of `SETTINGS`.

    Relevant is the tenth of all products that the customer likes best by hidden need and liking;
    serendipity is the mean over ten of relevant times `Journey.surprise`.
    """
    liked = liking(seed)
    shelf = shop.arrow(shop["products"].select("product_id", "title", "category", "brand"))
    events = shop["events"]
    looks = events.filter(
        events.kind.isin(("select_item", "view_item", "add_to_cart", "purchase")),
        events.customer_id.notnull(),
    ).select("customer_id", "product_id", "kind", "ts", "event_id")
    past: dict[str, list[Any]] = {}
    for row in shop.arrow(looks.order_by("ts", "event_id")).to_pylist():
        past.setdefault(row["customer_id"], []).append(row)
    model = Journey("light").fit(list(past.values()), shelf)
    made = []
    for who in [one for one in sorted(past) if len(past[one]) > 5][:500]:
        row = []
        for setting in SETTINGS:
            found = [one for one, _ in model.next(past[who], 10, serendipity=setting)]
            relevant = np.array([one in liked[who] for one in found])
            gain = 1 / np.log2(np.arange(2, len(found) + 2))
            far = model.surprise_of(past[who], found)
            row += [float((relevant * far).sum() / 10), float((relevant * gain).sum() / gain.sum())]
        made.append(tuple(row))
    return made


def liking(seed: int) -> dict[str, set[str]]:
    """The tenth of the products that each customer likes best, as the simulation has it."""
    drawn = world(seed=seed, products=1000, customers=2500)
    market, folk, shelf, numbers = Market(drawn), drawn.folk, drawn.shelf, drawn.numbers
    value = numbers.taste * (folk.latent @ market.latent.T)
    value += numbers.colour * market.people_colours[:, market.colour]
    value += market.home[:, folk.region].T + numbers.quality * market.quality
    apart = market.level[None, :] - folk.price[:, None]
    value -= numbers.price * np.minimum(0.5 * apart * apart, 4)
    need = market.bought[np.where(INDIA[folk.region], 0, 1)] * folk.persona_kinds[folk.persona]
    own = np.take_along_axis(need, folk.favourites, 1) * numbers.favourite_lift
    np.put_along_axis(need, folk.favourites, own, 1)
    value += np.log(np.maximum(need, 1e-3))[:, shelf.kind]
    least = np.quantile(value, 0.9, axis=1)
    ids = np.array(shelf.ids, dtype=object)
    return {who: set(ids[row >= low]) for who, row, low in zip(folk.ids, value, least, strict=True)}


def on_air(shop: Any, secret: Path, shelf: pa.Table) -> list[tuple[float, float]]:
    """NDCG@10 of the stream that each customer chose, ours and by viewers at that moment.

    A customer is known by what he looked at before, his locale and his country; what his country
    turns to is counted on what was before the first stream.
    """
    live = shop.arrow("live").to_pylist()
    folk = {row["customer_id"]: row for row in shop.arrow("customers").to_pylist()}
    begin = min(row["start"] for row in live)
    text = {r["product_id"]: f"{r['title'] or ''} {r['category'] or ''}" for r in shelf.to_pylist()}
    events = shop["events"]
    looks = events.filter(
        events.kind.isin(("view_item", "add_to_cart", "purchase")), events.customer_id.notnull()
    ).select("customer_id", "product_id", "ts", "event_id")
    past: dict[str, tuple[list[Any], list[str]]] = {}
    for row in shop.arrow(looks.order_by("ts", "event_id")).to_pylist():
        times, products = past.setdefault(row["customer_id"], ([], []))
        times.append(row["ts"])
        products.append(row["product_id"])
    early = [
        {"product_id": one, "region": folk[who]["region"]}
        for who, (times, products) in past.items()
        for one in products[: bisect_left(times, begin)]
    ]
    places = {country(row["region"]) for row in folk.values()}
    usual = {where: usual_words(early, text, where) for where in places}
    made = []
    for row in pq.read_table(secret / "live_choices.parquet").slice(0, CHOICES).to_pylist():
        now, who = row["ts"], row["customer_id"]
        times, products = past.get(who, ([], []))
        taste = [text[one] for one in products[: bisect_left(times, now)]]
        begun = [one for one in live if one["start"] <= now]
        known = usual[country(folk[who]["region"])]
        spoken = (folk[who]["locale"] or "")[:2]
        ours = live_now(begun, now=now, taste=taste, language=spoken, usual=known)
        there = [one for one in begun if one["end"] > now]
        theirs = sorted(there, key=lambda one: (-one["viewers"], one["channel_id"]))
        lists = [one for one, _ in ours], [one["channel_id"] for one in theirs[:10]]
        chosen = row["channel_id"]
        made.append(tuple(1 / np.log2(x.index(chosen) + 2) if chosen in x else 0.0 for x in lists))
    return made
