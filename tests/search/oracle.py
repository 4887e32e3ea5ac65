"""Search by brute force: what the engine must answer, worked out product by product.

Only the analysis into words and runs of letters is shared with the engine (its own tests know its
answers by hand).
"""

import functools
import itertools
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from chowk.search.analysis import STOP_WORDS, stem, surfaces, words
from chowk.search.forms import grams
from chowk.search.lexicon import bucket

WEIGHTS = {"title": 3, "brand": 2, "category": 2, "attributes": 2, "description": 1}


def frequencies(product: Mapping[str, Any], weights: Mapping[str, int] = WEIGHTS) -> Counter[str]:
    """Weighted counts of the words of a product."""
    counts: Counter[str] = Counter()
    for field, weight in weights.items():
        value = product.get(field)
        if not value:
            continue
        found = words(" ".join(value.values()) if field == "attributes" else value)
        for word in dict.fromkeys(found) if field == "description" else found:
            counts[word] += weight
    return counts


def field(product: Mapping[str, Any], name: str) -> list[str]:
    """The words of a field."""
    value = product.get(name) or {}
    return words(" ".join(value.values()) if name == "attributes" else value or "")


def levels(product: Mapping[str, Any]) -> list[str]:
    parts = [p.strip() for p in (product.get("category") or "").split(">") if p.strip()]
    return [" > ".join(parts[:i]) for i in range(1, len(parts) + 1)]


def passes(product: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Whether a product satisfies all filters; what cannot be bought has to be asked for."""
    filters = {"available": True, **filters}
    for name, wanted in filters.items():
        if name == "price":
            low, high = wanted
            price = product.get("price")
            if price is None or (low is not None and price < low):
                return False
            if high is not None and price > high:
                return False
        elif name == "available":
            if wanted is not None and (product.get("available") is not False) != wanted:
                return False
        else:
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            if name == "category":
                held = levels(product)
            elif name == "brand":
                held = [product.get("brand")]
            else:
                held = [(product.get("attributes") or {}).get(name.partition(".")[2])]
            if not set(values) & set(held):
                return False
    return True


class Oracle:
    """The same catalogue, answered slowly."""

    def __init__(self, products: list[dict[str, Any]], weights: Mapping[str, int] = WEIGHTS):
        self.products = sorted(products, key=lambda p: p["product_id"])
        self.counts = [frequencies(p, weights) for p in self.products]
        self.lengths = [sum(c.values()) for c in self.counts]
        self.df: Counter[str] = Counter(word for c in self.counts for word in c)

    def asked(self, query: str) -> list[str]:
        typed = surfaces(query)
        kept = [w for w in typed if w not in STOP_WORDS] or typed
        return list(dict.fromkeys(stem(w) for w in kept))

    def mode(self, query: str) -> str:
        asked = self.asked(query)
        if not asked:
            return "nothing" if query.strip() else "everything"
        if len(asked) == 1:
            return "all"
        full = sum(all(w in c for w in asked) for c in self.counts)
        return "all" if full >= 10 else "any"

    def matching(self, query: str, filters: Mapping[str, Any]) -> list[int]:
        asked, mode = self.asked(query), self.mode(query)
        enough = {"all": all, "any": any, "everything": all, "nothing": any}[mode]
        return [
            i
            for i, p in enumerate(self.products)
            if enough(w in self.counts[i] for w in asked) and passes(p, filters)
        ]

    def idf(self, word: str) -> float:
        n, held = len(self.products), sum(word in had for had in self.had)
        return math.log(1 + (n - held + 0.5) / (held + 0.5))

    def score(self, query: str, i: int) -> float:
        """The three parts of `chowk.search.matching`, with no other spellings."""
        asked, product = self.asked(query), self.products[i]
        share = {"title": 1.0, "brand": 0.8, "category": 0.8, "attributes": 0.8, "description": 0.6}
        rarity = {
            w: (1.5 if any(c.isdigit() for c in w) else 1.0)
            * (self.idf(w) if any(w in c for c in self.had) else 0.8 * math.log(2 * self.n + 2))
            for w in asked
        }
        # What is named first counts 1.4, what comes second 1.2, then 1.133 …
        rarity = {w: rare * (1 + 0.4 / k) for k, (w, rare) in enumerate(rarity.items(), 1)}
        had = {
            w: max((share[f] for f in share if w in field(product, f)), default=0.0) for w in asked
        }
        covered = sum(had[w] * rarity[w] for w in asked) / sum(rarity.values())
        title = field(product, "title")
        part = sum(self.idf(w) for w in title if w in asked)
        more = sum(self.idf(w) for w in title if w not in asked)
        unit = sum(rarity.values()) / len(rarity)
        meant = part / (part + unit * math.log(1 + more / unit)) if part else 0.0
        mine, other = self.letters(asked), self.letters(title)
        alike = sum(mine[g] * other.get(g, 0.0) for g in mine)
        length = math.sqrt(sum(v * v for v in mine.values()) * sum(v * v for v in other.values()))
        return (2 * covered + meant + alike / length) / 4

    @property
    def n(self) -> int:
        return len(self.products)

    @functools.cached_property
    def had(self) -> list[set[str]]:
        return [{w for f in WEIGHTS for w in field(p, f)} for p in self.products]

    @functools.cached_property
    def runs(self) -> Counter[int]:
        """In how many documents a run of letters stands, at most."""
        counts: Counter[int] = Counter()
        for word in set().union(*self.had):
            held = sum(word in had for had in self.had)
            for gram in grams(word):
                counts[bucket(gram)] += held
        return counts

    def letters(self, found: list[str]) -> dict[int, float]:
        tf = Counter(bucket(gram) for word in found for gram in grams(word))
        return {
            gram: count * (math.log((1 + self.n) / (1 + min(self.runs[gram], self.n))) + 1)
            for gram, count in tf.items()
        }

    def facet(self, query: str, filters: Mapping[str, Any], name: str) -> dict[str, int]:
        others = {key: wanted for key, wanted in filters.items() if key != name}
        if name == "available":
            others["available"] = None
        counts: Counter[str] = Counter()
        for i in self.matching(query, others):
            product = self.products[i]
            if name == "category":
                counts.update(levels(product))
            elif name == "available":
                counts["true" if product.get("available") is not False else "false"] += 1
            elif name == "brand":
                counts.update([product["brand"]] if product.get("brand") else [])
            else:
                value = (product.get("attributes") or {}).get(name.partition(".")[2])
                counts.update([] if value is None else [value])
        return dict(counts)

    def ranges(self, query: str, filters: Mapping[str, Any], edges: list[float]) -> dict[str, int]:
        others = {key: wanted for key, wanted in filters.items() if key != "price"}
        prices = [self.products[i].get("price") for i in self.matching(query, others)]
        ends = [None, *edges, None]
        found = {}
        for low, high in itertools.pairwise(ends):
            label = f"{'' if low is None else low:}-{'' if high is None else high:}"
            found[label] = sum(
                p is not None and (low is None or p >= low) and (high is None or p < high)
                for p in prices
            )
        return found
