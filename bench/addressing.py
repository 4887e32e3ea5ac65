"""Addresses: parsing on real labelled rows, the score on simulated deliveries, the building join.

Parsers learn from the training rows alone and are judged on entity F1 (label, first and last letter
all right). `plain CRF` is the same trainer with words and shapes of a token and its neighbours and
nothing else. The hand-labelled set lies beside this file and was written before the parser was
tuned, by the same hand; its errors have been looked at since. A smaller one was written when the
features stood, and its errors have not been looked at. Outcomes of deliveries are nowhere to be
had: they are simulated, and the kinds of faults that are judged are not those that were learned
from.

    python bench/addressing.py [--data FOLDER] [--json FILE] [--mentions 1000000]
                               [--only india|noise|america|score|choice|join|speed|form]
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from _address_choice import choice
from _report import Row, arguments, emit, lacking
from chowk.delivery import AddressParser, AddressScorer, join_buildings
from chowk.delivery.addresses import crf
from chowk.delivery.addresses.augmentation import misspelt
from chowk.delivery.addresses.evidence import gather
from chowk.delivery.addresses.gazetteer import india as gazetteer
from chowk.delivery.addresses.labels import Example, read_example, spans_of, tags_of
from chowk.delivery.addresses.outcomes import ABOUT, TESTING, TRAINING, deliveries
from chowk.delivery.addresses.script import skeleton
from chowk.delivery.addresses.tokens import folded, tokenize
from chowk.delivery.addresses.twins import twins, without_slipped_twins

HAND = Path(__file__).resolve().parent / "hand_labelled_addresses.jsonl"
LATER = HAND.with_name("hand_labelled_addresses_later.jsonl")
Spans = set[tuple[str, int, int]]
Parse = Callable[[str], Spans]


def main() -> None:
    """Learn, judge, print."""
    parser = arguments(__doc__)
    parts = (
        ("india", indian), ("noise", noise), ("america", american), ("score", scoring),
        ("choice", choice), ("join", joining), ("speed", speed), ("form", form),
    )  # fmt: skip
    parser.add_argument("--only", choices=[name for name, _ in parts])
    parser.add_argument("--mentions", type=int, default=1_000_000)
    options = parser.parse_args()
    for folder in ("indian_addresses", "usaddress"):
        if not (options.data / folder).is_dir():
            lacking("addressing", f"{options.data / folder} is not there. Name it with --data.")
    if importlib.util.find_spec("usaddress") is None:
        lacking("addressing", "pip install usaddress, the peer, first.")
    rows: list[Row] = []
    for name, part in parts:
        if options.only in (None, name):
            rows += part(options)
    emit("addressing", rows, options.json)


# -- parsing ---------------------------------------------------------------------------------------


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def ours(parser: AddressParser) -> Parse:
    """A parser's parts as (label, start, end)."""
    return lambda text: {(part.label, part.start, part.end) for part in parser.parse(text)}


def plain(rows: Sequence[dict[str, Any]]) -> Parse:
    """The plain CRF, trained on the same rows."""

    def seen(text: str) -> tuple[list[Any], list[list[str]]]:
        tokens = tokenize(text)
        words = [token.text.lower() for token in tokens]
        shapes = [re.sub(r"[a-z]+", "a", re.sub(r"\d", "9", word)) for word in words]
        found = []
        for at in range(len(words)):
            found.append(
                [
                    f"{step}{kind}={values[at + step]}"
                    for step in (-1, 0, 1)
                    if 0 <= at + step < len(words)
                    for kind, values in (("w", words), ("s", shapes))
                ]
                + ["first"] * (at == 0)
                + ["last"] * (at == len(words) - 1)
            )
        return tokens, found

    def learned() -> Any:
        for number, row in enumerate(rows, 1):
            example = read_example(row, number)
            tokens, found = seen(example.text)
            yield found, tags_of(tokens, example.spans)

    field = crf.train(learned(), iterations=60)

    def parse(text: str) -> Spans:
        tokens, found = seen(text)
        places = [(token.start, token.end) for token in tokens]
        tags = field.tag([[crf.Bundle(*names)] for names in found])
        return set(map(tuple, spans_of(tags, places, text)))  # type: ignore[arg-type]

    return parse


def f1(parse: Parse, examples: Sequence[Example]) -> tuple[float, float, float, float]:
    """Entity F1, its 95 % bootstrap interval over addresses, and the share of whole ones."""
    counts = []
    for example in examples:
        gold, found = set(map(tuple, example.spans)), parse(example.text)
        counts.append((len(gold & found), len(gold) + len(found), gold == found))
    table = np.array(counts, dtype=float)
    rng = np.random.default_rng(0)
    draws = table[rng.integers(0, len(table), (1000, len(table)))].sum(axis=1)
    low, high = np.quantile(2 * draws[:, 0] / draws[:, 1], [0.025, 0.975])
    total = table.sum(axis=0)
    return 2 * total[0] / total[1], low, high, table[:, 2].mean()


def compared(case: str, mine: Parse, peer: str, theirs: Parse | None, examples: Any) -> list[Row]:
    """Two rows of the table: entity F1, and addresses that are right as a whole."""
    value, low, high, whole = f1(mine, examples)
    other = f1(theirs, examples) if theirs is not None else None
    shown = f"{case}, {len(examples)} rows, 95 % in [{low:.3f}, {high:.3f}]"
    return [
        Row(shown, "entity F1", "higher", value, peer, other and other[0]),
        Row(case, "whole addresses", "higher", whole, peer, other and other[3]),
    ]


def indian(options: Any) -> list[Row]:
    """Delhi's labels: validation rows, and the real rows of both parts held out in three folds."""
    folder = options.data / "indian_addresses"
    train = read(folder / "train_final.jsonl.gz")
    parser, rival = ours(AddressParser().fit(train)), plain(train)
    rows: list[Row] = []
    for name in ("val", "val_expanded"):
        examples = [read_example(row, 1) for row in read(folder / f"{name}.jsonl")]
        rows += compared(f"India, {name}", parser, "plain CRF", rival, examples)
    real = read(folder / "train.jsonl") + read(folder / "val.jsonl")
    random.Random(0).shuffle(real)
    by_text: dict[str, tuple[Spans, Spans]] = {}
    for fold in range(3):
        held = {row["id"]: row for row in real[fold::3]}
        kept = [row for row in train if int(str(row["id"]).split("_")[0]) not in held]
        kept += [row for row in read(folder / "val.jsonl") if row["id"] not in held]
        one, two = ours(AddressParser().fit(kept)), plain(kept)
        for row in held.values():
            text = read_example(row, 1).text
            by_text[text] = one(text), two(text)
    examples = [read_example(row, 1) for row in real]
    rows += compared(
        "India, real rows, three folds", lambda t: by_text[t][0], "plain CRF",
        lambda t: by_text[t][1], examples,
    )  # fmt: skip
    hand = [read_example(row, 1) for row in read(HAND)]
    rows += compared("India, hand-labelled, the shipped parser", ours(AddressParser.load("in")), "",
                     None, hand)  # fmt: skip
    shipped = ours(AddressParser.load("in"))
    later = [read_example(row, 1) for row in read(LATER)]
    rows += compared("India, hand-labelled later, the shipped parser", shipped, "", None, later)
    for label in ("BUILDING", "LANDMARK"):
        only = [Example(e.text, tuple(s for s in e.spans if s.label == label)) for e in hand]
        value = f1(lambda t, wanted=label: {s for s in shipped(t) if s[0] == wanted}, only)[0]
        rows.append(Row(f"India, hand-labelled, {label}", "entity F1", "higher", value))
    return rows


def noise(options: Any) -> list[Row]:
    """How far Delhi's labels agree with themselves: copies with their originals, and houses that
    the annotators met twice (another floor, another hand) with each other."""
    folder = options.data / "indian_addresses"
    train, real = read(folder / "train_final.jsonl.gz"), read(folder / "train.jsonl")
    first = {str(row["id"]): read_example(row, 1) for row in real}
    copies = [row for row in train if "_" in str(row["id"])]

    def slipped(row: dict[str, Any]) -> bool:
        source = first[str(row["id"]).split("_")[0]]
        return [s.label for s in read_example(row, 1).spans] != [s.label for s in source.spans]

    odd = {id(row) for row in copies if slipped(row)}
    read_rows = [read_example(row, 1) for row in train]
    kept = {id(example) for example in without_slipped_twins(read_rows)}
    out = {
        id(row) for row, example in zip(train, read_rows, strict=True) if id(example) not in kept
    }
    originals = {id(row) for row in train if str(row["id"]) in first}
    both = [*first.values(), *(read_example(row, 1) for row in read(folder / "val.jsonl"))]
    table = np.array([
        agreement(both[a], both[b]) for group in twins(both) for a, b in combinations(group, 2)
    ], dtype=float)  # fmt: skip
    draws = table[np.random.default_rng(0).integers(0, len(table), (2000, len(table)))].sum(axis=1)
    low, high = np.quantile(2 * draws[:, 0] / draws[:, 3], [0.025, 0.975])
    total = table.sum(axis=0)
    case = f"Delhi, {len(table)} pairs of one house, 95 % in [{low:.3f}, {high:.3f}]"
    copied = f"Delhi, {len(copies)} copies in train_final"
    return [
        Row(copied, "labels not in their original's order", "lower", float(len(odd))),
        Row(copied, "of these left out by fit", "higher", float(len(odd & out))),
        Row(f"Delhi, {len(originals)} originals", "left out by fit", "lower",
            float(len(originals & out))),
        Row(case, "F1 of one's labels by the other's", "higher", 2 * total[0] / total[3]),
        Row(case, "the same, AREA, SUBAREA and COLONY as one", "higher", 2 * total[2] / total[3]),
        Row(case, "the same, borders alone", "higher", 2 * total[1] / total[3]),
    ]  # fmt: skip


def agreement(one: Example, other: Example) -> tuple[int, int, int, int]:
    """Of parts whose words both texts hold: alike in label and border, in border, with the areas
    as one label; and how many there are in both."""

    def heard(example: Example) -> list[tuple[str, int]]:
        words = [(folded(token.text), token.start) for token in tokenize(example.text)]
        return [(w if w.isdigit() else skeleton(w), at) for w, at in words if w[:1].isalnum()]

    left, right = heard(one), heard(other)
    blocks = SequenceMatcher(None, [w for w, _ in left], [w for w, _ in right], autojunk=False)
    there = {a + n: b + n for a, b, size in blocks.get_matching_blocks() for n in range(size)}

    def parts(example: Example, words: list[tuple[str, int]], to: dict[int, int]) -> dict[Any, str]:
        found = {}
        for span in example.spans:
            at = [n for n, (_, start) in enumerate(words) if span.start <= start < span.end]
            if at and all(n in to for n in at):
                found[tuple(to[n] for n in at)] = span.label
        return found

    mine = parts(one, left, there)
    theirs = parts(other, right, {n: n for n in there.values()})
    areas = {"SUBAREA": "AREA", "COLONY": "AREA"}
    shared = [(label, theirs[at]) for at, label in mine.items() if at in theirs]
    return (
        sum(a == b for a, b in shared),
        len(shared),
        sum(areas.get(a, a) == areas.get(b, b) for a, b in shared),
        len(mine) + len(theirs),
    )


def american(options: Any) -> list[Row]:
    """The United States' labels: real test rows, and generated ones apart."""
    import pyarrow.parquet as pq
    import usaddress

    table = pq.read_table(options.data / "usaddress" / "usaddress_labeled.parquet").to_pylist()
    parser = ours(AddressParser().fit([row for row in table if row["split"] == "train"]))

    def theirs(text: str) -> Spans:
        places, tags, at = [], [], 0
        for word, label in usaddress.parse(text):
            start = text.find(word, at)
            places.append((start, start + len(word)))
            tags.append(label)
            at = start + len(word)
        return set(map(tuple, spans_of(tags, places, text)))  # type: ignore[arg-type]

    rows: list[Row] = []
    test = [row for row in table if row["split"] == "test"]
    for case, made in (("real", False), ("generated", True)):
        chosen = [row for row in test if ("synthetic" in row["file"]) == made]
        examples = [read_example(row, 1) for row in chosen]
        rows += compared(f"United States, {case}", parser, "usaddress", theirs, examples)
    refused = 0
    for row in test:
        try:
            usaddress.tag(" ".join(row["tokens"]))
        except usaddress.RepeatedLabelError:
            refused += 1
    rows.append(Row("United States, all test rows", "exceptions", "lower", 0, "usaddress", refused))
    return rows


# -- the score -------------------------------------------------------------------------------------


def scoring(options: Any) -> list[Row]:
    """Kinds of faults that the shipped scorer has not learned from, beside counting parts."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    scorer = AddressScorer.load("in")
    made = list(deliveries(8_000, kinds=TESTING, seed=20_000))
    failed = np.array([not delivery.delivered for delivery in made])
    score = scorer.score_many([delivery.text for delivery in made])
    parts = np.array(
        [
            sum(gather(delivery.text).facts[part] > 0 for part in ("house", "area", "city", "pin"))
            for delivery in made
        ]
    )

    def at_95(doubt: Any) -> float:
        precision, recall, _ = precision_recall_curve(failed, doubt)
        return float(recall[precision >= 0.95].max())

    hits = [
        bool(reasons) and reasons[0].component in ABOUT[delivery.fault]
        for delivery in made
        if delivery.fault
        for reasons in [scorer.score(delivery.text).reasons]
    ]
    fresh = list(deliveries(8_000, kinds=TRAINING, seed=30_000))
    known = scorer.score_many([delivery.text for delivery in fresh])
    arrived = np.array([delivery.delivered for delivery in fresh], dtype=float)
    bare = np.array([delivery.fault == "no_pin" for delivery in fresh])
    case, peer = "simulated deliveries, unseen faults", "presence of parts"
    return [
        Row(case, "PR-AUC of failed", "higher", average_precision_score(failed, 1 - score), peer,
            average_precision_score(failed, -parts)),
        Row(case, "recall at 95 % precision", "higher", at_95(1 - score), peer, at_95(-parts)),
        Row(case, "calibration error (10 bins)", "lower", calibration_error(score, ~failed)),
        Row("simulated deliveries, learned faults, fresh rows", "calibration error (10 bins)",
            "lower", calibration_error(known, arrived)),
        Row("… of them without a PIN code", "mean score; peer: share that arrives", "higher",
            float(known[bare].mean()), "outcome", float(arrived[bare].mean())),
        Row(case, "the fault is the first reason", "higher", float(np.mean(hits))),
    ]  # fmt: skip


def calibration_error(score: Any, delivered: Any) -> float:
    """Expected calibration error over ten bins of equal width."""
    total = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (score >= low) & (score < low + 0.1)
        if inside.any():
            total += abs(delivered[inside].mean() - score[inside].mean()) * inside.mean()
    return float(total)


# -- buildings -------------------------------------------------------------------------------------

KINDS = "Apartments Residency Heights Towers Society Complex Enclave Bhavan Plaza Villa".split()
SHORT = {"Apartments": "Apts", "Society": "CHS", "Bhavan": "Bhawan", "Heights": "Hts",
         "Towers": "Tower", "Complex": "Cmplx", "Enclave": "Encl"}  # fmt: skip


def spelt(name: str, rng: random.Random) -> str:
    """One spelling of a building's name."""
    words = name.split()
    out = []
    for word in words:
        if word in SHORT and rng.random() < 0.4:
            word = SHORT[word]
        elif rng.random() < 0.15:
            word = misspelt(word, rng)
        out.append(word)
    text = " ".join(out)
    if rng.random() < 0.08:
        text = text.replace(" ", "", 1)
    if rng.random() < 0.1:
        text += rng.choice((" Building", " Bldg", "."))
    return rng.choice((str, str.upper, str.lower))(text)


def mentions(count: int, seed: int, *, each: int = 6) -> tuple[list[str], list[str], list[int]]:
    """Mentions of buildings that are named after real localities, twenty a PIN code at most."""
    rng = random.Random(seed)
    places = list(gazetteer().pins.values())
    names, pins, truth = [], [], []
    number = 0
    while len(names) < count:
        place = rng.choice(places)
        for base in sorted({rng.choice(places).name.title() for _ in range(20)}):
            name = f"{base} {rng.choice(KINDS)}"
            for _ in range(each):
                names.append(spelt(name, rng))
                pins.append(place.pin)
                truth.append(number)
            number += 1
    return names[:count], pins[:count], truth[:count]


def joining(options: Any) -> list[Row]:
    """Pairs put together that belong together; a million mentions, by the clock."""
    names, pins, truth = mentions(30_000, 1)
    found = join_buildings(names, pins).tolist()

    def pairs(groups: Any) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(groups).values())

    exact = [f"{pin} {name.lower()}" for name, pin in zip(names, pins, strict=True)]
    values = [
        2 * pairs(zip(groups, truth, strict=True)) / (pairs(groups) + pairs(truth))
        for groups in (found, exact)
    ]
    names, pins, _ = mentions(options.mentions, 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    join_buildings(names, pins)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    case = f"{options.mentions:,} mentions"
    return [
        Row("buildings, spelling variants", "pairwise F1", "higher", values[0], "same letters",
            values[1]),
        Row(case, "seconds", "lower", seconds, "bar", 600.0),
        Row(case, "seconds of one core", "lower", used),
        Row(case, "MB more at the peak", "lower", grown),
    ]  # fmt: skip


# -- speed -----------------------------------------------------------------------------------------


def speed(options: Any) -> list[Row]:
    """Addresses a second of one core, and one by itself."""
    texts = [read_example(row, 1).text for row in read(HAND)]
    parser, scorer = AddressParser.load("in"), AddressScorer.load("in")
    rows = []
    parser.parse_many(texts)
    best = 1e9
    for _ in range(20):
        used = time.process_time()
        parser.parse_many(texts)
        best = min(best, time.process_time() - used)
    rows.append(Row("parse_many, hand-labelled", "a second of one core", "higher",
                    len(texts) / best, "bar", 5000.0))  # fmt: skip
    for case, call in (("parse", parser.parse), ("score", scorer.score)):
        for text in texts:
            call(text)
        best, singles = 1e9, []
        for _ in range(20):
            used = time.process_time()
            for text in texts:
                started = time.perf_counter()
                call(text)
                singles.append(time.perf_counter() - started)
            best = min(best, time.process_time() - used)
        rate = len(texts) / best
        rows.append(
            Row(f"{case} one by one, hand-labelled", "a second of one core", "higher", rate)
        )
        rows.append(Row(case, "one, median, ms", "lower", float(np.median(singles)) * 1000))
    return rows


def form(options: Any) -> list[Row]:
    """An address form at a running server: every third letter typed is asked about, one by one."""
    import http.client
    import signal
    import tempfile

    import chowk
    from chowk.desk import Desk
    from serve import start

    texts = [read_example(row, 1).text for row in read(HAND)][:60]
    took = []
    with tempfile.TemporaryDirectory(prefix="chowk-bench-") as temporary:
        folder = Path(temporary) / "store"
        chowk.create(folder, {"name": "Bench"}).close()
        with Desk.open(folder / "desk.db") as desk:
            key = desk.create_key("bench", "shop", actor="cli")[1]
        process, port = start(folder, 1)
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            for text in texts:
                for end in range(3, len(text) + 1, 3):
                    body = json.dumps({"text": text[:end]})
                    started = time.perf_counter()
                    line.request("POST", "/v1/addresses/check", body, headers)
                    answer = line.getresponse()
                    answer.read()
                    took.append(time.perf_counter() - started)
                    if answer.status != 200:
                        raise SystemExit(f"The server answered {answer.status}.")
            line.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    low, high = (float(q) * 1000 for q in np.quantile(took[20:], [0.5, 0.99]))
    case = f"POST /v1/addresses/check while typing, {len(took) - 20:,} times"
    return [
        Row(case, "median, ms", "lower", low),
        Row(case, "99th percentile, ms", "lower", high, "bar", 20.0),
    ]


if __name__ == "__main__":
    main()
