# ruff: noqa: D103, E501
"""Write the words that AutoMod takes for ordinary, the most frequent first.

Spelling is only repaired towards a listed word where the word as written is not ordinary. Counted in
data whose licence allows it: clinc150, snips, hinglish_top (train), pincodes, complete_journey,
grocery_images and the tweets of davidson's training rows that nobody found offensive.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent.parent
OUT = HERE / "src" / "chowk" / "community" / "data" / "known.txt"
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent / "shared" / "data")
    data = parser.parse_args().data
    counts: Counter[str] = Counter()
    clinc = json.loads(gzip.decompress((data / "clinc150/data_full.json.gz").read_bytes()))
    for rows in clinc.values():
        for text, _ in rows:
            counts.update(WORD.findall(text.lower()))
    for row in pq.read_table(data / "snips/snips.parquet").to_pylist():
        counts.update(WORD.findall(" ".join(row["tokens"]).lower()))
    mixed: Counter[str] = Counter()
    for row in pq.read_table(data / "hinglish_top/train.parquet").to_pylist():
        counts.update(WORD.findall(row["en_query"].lower()))
        mixed.update(WORD.findall(row["cs_query"].lower()))
    goods: Counter[str] = Counter()
    for name in ("complete_journey/products", "grocery_images/descriptions"):
        for column in pq.read_table(data / f"{name}.parquet").columns:
            for value in column.to_pylist():
                if isinstance(value, str):
                    goods.update(WORD.findall(value.lower()))
    counts.update({word: min(n, 10) for word, n in goods.items()})
    places: set[str] = set()
    with (data / "pincodes/IN.csv").open(encoding="utf-8") as file:
        for place in csv.reader(file):
            for cell in place:
                places.update(word for word in WORD.findall(cell.lower()) if len(word) > 3)
    counts.update(dict.fromkeys(places, 2))
    tweets = pq.read_table(data / "davidson/labeled_data.parquet").to_pylist()
    seen: Counter[str] = Counter()
    for i, row in enumerate(tweets):
        if i % 5 and row["neither"] == row["count"]:
            text = re.sub(r"https?://\S+|@\w+|&\w+;|#\w+", " ", row["tweet"].lower())
            seen.update(WORD.findall(text))
    counts.update({word: n for word, n in seen.items() if n >= 3})
    # Hindi in Latin letters: common in the mixed sentences, and in none of the English ones.
    hindi = [w for w, n in mixed.most_common() if n >= 3 and counts[w] < 2]
    OUT.with_name("known_hi.txt").write_text("\n".join(hindi) + "\n", "utf-8")
    counts.update({word: n for word, n in mixed.items() if n >= 2})
    kept = [w for w, n in counts.most_common() if n >= 2 and 1 <= len(w) <= 20]
    OUT.write_text("\n".join(kept) + "\n", "utf-8")
    print(f"{len(kept)} words")


if __name__ == "__main__":
    main()
