"""What customers wrote of products, and what moderators said it is about: the table `reviews`.

A review has one to three sentences, each about one thing: the product, the delivery, the seller, a
danger, an advertisement, a reward for writing. Its stars follow from what it says. Which sentences
were drawn is truth that the store never sees, save where a moderator gave the classes as `label`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import GOODS
from .words import NOUNS
from .world import World

#: Reviews for each customer, and at most; the share that a moderator labelled.
EACH, ROWS, LABELLED = 0.25, 1_200, 0.4
#: How often a sentence is of a class.
SHARES: Mapping[str, float] = {
    "product": 0.50, "delivery": 0.18, "seller": 0.10, "helpful": 0.10,
    "spam": 0.04, "incentivised": 0.03, "safety": 0.05,
}  # fmt: skip
#: Class to what is said, and how it feels: 1 good, 0 neither, -1 bad.
SAID: Mapping[str, Sequence[tuple[str, int]]] = {
    "product": (
        ("Really happy with my {item}", 1), ("The {item} looks better than in the picture", 1),
        ("Well made and worth the money", 1), ("My mother loves her {item}", 1),
        ("The {item} tore within a month", -1), ("Colour faded after one wash", -1),
        ("Thin material, not worth the price", -1), ("It stopped working on the third day", -1),
        ("The {item} is smaller than I thought", -1), ("Soft, warm and a good fit", 1),
    ),
    "delivery": (
        ("It came a day before the promised date", 1),
        ("Delivered within two days, well packed", 1),
        ("The parcel took three weeks", -1), ("The carton was torn open when it arrived", -1),
        ("The courier never rang and took it back", -1), ("Late by ten days and no message", -1),
    ),
    "seller": (
        ("The shop sent a new one without any fuss", 1),
        ("The seller wrote back the same evening", 1),
        ("Nobody at the shop picks up the phone", -1),
        ("They still have not paid back my money", -1),
        ("The seller was rude on the phone", -1),
    ),
    "helpful": (
        ("After eight months of daily use the seams are as new", 1),
        ("I am 182 cm and 80 kg, the L is right, take one size less if you are slim", 0),
        ("Against my last {item} it is lighter but takes longer to dry", 0),
        ("Good points: weight and price; bad points: the manual is only in Chinese", 0),
    ),
    "spam": (
        ("Get cheaper ones at www.best-price-bazaar.example", 0),
        ("Make money from home, message me on 90000 00000", 0),
        ("Use my coupon FRIEND50 on my channel and follow me", 0),
    ),
    "incentivised": (
        ("I was given this {item} for nothing so that I would write about it", 1),
        ("They promised a voucher for five stars", 1),
        ("Got my money back from the brand for this review", 1),
    ),
    "safety": (
        ("It got so hot that it burnt the table cloth", -1), ("A sharp edge cut my thumb", -1),
        ("It sparked when I plugged it in", -1), ("My son came out in a rash from it", -1),
    ),
}  # fmt: skip


def praise(world: World, rng: np.random.Generator) -> Pages:
    """The `reviews` table; the classes and the feeling of each as truth."""
    folk, shelf, numbers = world.folk, world.shelf, world.numbers
    count = max(1, min(ROWS, int(EACH * len(folk))))
    start, end = (int(moment.timestamp() * 1e6) for moment in (numbers.start, numbers.end))
    moments = np.sort(start + (rng.random(count) * (end - start)).astype(np.int64))
    fame = np.asarray(rng.pareto(1.5, len(shelf))) + 0.3
    products = rng.choice(len(shelf), count, p=fame / fame.sum())
    authors = rng.choice(len(folk), count, p=folk.activity / folk.activity.sum())
    names, weights = list(SHARES), np.array(list(SHARES.values()))
    rows, told = [], []
    for number, product in enumerate(products.tolist()):
        drawn = rng.choice(len(names), rng.integers(1, 4), replace=False, p=weights)
        classes = [names[k] for k in drawn]
        said = [SAID[name][int(rng.integers(len(SAID[name])))] for name in classes]
        noun = NOUNS[GOODS[shelf.kind[product]].key]["en"][0]
        feels = [feeling for _, feeling in said if feeling]
        mood = sum(feels) / len(feels) if feels else 0.0
        stars = float(np.clip(round(3.3 + 1.5 * mood + rng.normal(0, 0.5)), 1, 5))
        labelled = rng.random() < LABELLED
        rows.append(
            {
                "review_id": f"R{number:06d}",
                "product_id": shelf.ids[product],
                "customer_id": folk.ids[authors[number]],
                "rating": stars,
                "text": ". ".join(sentence.format(item=noun) for sentence, _ in said) + ".",
                "label": ", ".join(sorted(classes)) if labelled else None,
            }
        )
        told.append({"review_id": f"R{number:06d}", "classes": sorted(classes), "mood": mood})
    declared = schema.TABLES["reviews"].arrow
    table = pa.Table.from_pylist(rows, pa.schema([f for f in declared if f.name != "ts"]))
    when = pa.array(moments, pa.int64()).cast(declared.field("ts").type)
    table = table.append_column("ts", when).select(declared.names)
    truth = pa.schema(
        [("review_id", pa.string()), ("classes", pa.list_(pa.string())), ("mood", pa.float64())]
    )
    return Pages({"reviews": table}, {"review_truth": pa.Table.from_pylist(told, truth)})
