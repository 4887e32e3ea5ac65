"""Language: understanding, language tags, the generator and de-duplicated training on real data.

    python bench/language.py                       # on validation sets
    python bench/language.py --only snips clinc150
    python bench/language.py --final               # on test sets: once, at the end
    python bench/language.py --only pretrained --pretrained FOLDER   # with weights of your own

Peers run in the same process: a linear model of scikit-learn (tf-idf of words and characters,
LinearSVC; with a confidence threshold, LogisticRegression) and the plain batch loop.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from _clinc import RIVALS, clinc150, rare
from _hinglish import Example, hinglish, judged, top_rows
from _report import Row, arguments, emit, lacking
from chowk.language import Aligner, CodeMixer, LanguageTagger, Understander, deduplicated
from chowk.language.dictionary import BilingualDictionary
from chowk.language.examples import read_examples
from chowk.language.labels import spans
from chowk.language.speech import Mishearing

#: The folder of `--keep`, once it is known, and that of `--pretrained`.
KEEP: list[Path | None] = []
WEIGHTS: list[Path] = []


def kept(name: str) -> Path | None:
    """The file in which a network's training is kept."""
    return KEEP[-1] / f"{name}.npz" if KEEP and KEEP[-1] is not None else None


def linear_peer(train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> float:
    """Intent accuracy of tf-idf (words 1-2, characters 2-5) with LinearSVC."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    parts = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(parts, LinearSVC(C=0.5)).fit(*map(list, zip(*train, strict=True)))
    texts, truth = zip(*test, strict=True)
    return float(np.mean(model.predict(list(texts)) == np.array(truth)))


def snips(data: Path, final: bool) -> list[Row]:
    """Intent and slots on Snips, the size of the model, and its speed."""
    train, test = snips_rows(data, final)
    model = Understander().fit(train)
    peer = linear_peer(
        [(" ".join(r["tokens"]), r["intent"]) for r in train],
        [(" ".join(r["tokens"]), r["intent"]) for r in test],
    )
    found = judged(model, test)
    out = [
        Row("snips", "intent accuracy", "higher", found["intent accuracy"], "LinearSVC", peer),
        Row("snips", "slot F1", "higher", found["slot F1"], "CRF, published", 0.926),
        Row("snips", "exact match", "higher", found["exact match"]),
    ]
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        loaded = Understander.load(Path(folder))
        timed = speed(
            lambda: Understander.load(Path(folder)), [" ".join(r["tokens"]) for r in test]
        )
    again = judged(loaded, test)
    out.append(Row("snips, saved and loaded", "slot F1", "higher", again["slot F1"]))
    out.append(Row("light model", "megabytes on disk", "lower", size / 1e6))
    out += entities(loaded, train, test)
    return out + timed


def quickness(data: Path, final: bool) -> list[Row]:
    """The speed of the light model alone; with `--keep` it was fitted before, and is opened."""
    train, test = snips_rows(data, final)
    with tempfile.TemporaryDirectory() as folder:
        kept_light(train, "snips-light").save(Path(folder))
        texts = [" ".join(r["tokens"]) for r in test]
        return speed(lambda: Understander.load(Path(folder)), texts)


def entities(model: Understander, train: Sequence[Example], test: Sequence[Example]) -> list[Row]:
    """Which slots are found, the intent given: by how often their values were learned from."""
    names = Counter(span.name for row in train for span in spans(row["labels"]))
    rare = {
        name for name, _ in sorted(names.items(), key=lambda n: (n[1], n[0]))[: len(names) // 3]
    }
    groups: dict[str, list[bool]] = {}
    for row in read_examples(test):
        got = set(spans(model.slots_.labels(row.words, row.intent)))
        for span in spans(row.labels or ()):
            value = " ".join(word.casefold() for word in row.words[span.start : span.end])
            seen = model.slots_.gazetteer_.values.get(value, {}).get(span.name, 0)
            kind = "never" if not seen else "once or twice" if seen < 3 else "often"
            of_name = "rarest third of slots" if span.name in rare else "other slots"
            for slice_ in (f"values learned from {kind}", of_name):
                groups.setdefault(slice_, []).append(span in got)
    return [
        Row(f"snips, {name}: {len(each)}", "slots found", "higher", sum(each) / len(each))
        for name, each in sorted(groups.items())
    ]


def neural(data: Path, final: bool) -> list[Row]:
    """The neural form on Snips, begun from the light one; needs the extra `neural`."""
    try:
        import torch
    except ModuleNotFoundError:
        lacking("language", "the case neural needs torch: pip install 'chowk[neural]'.")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    train, test = snips_rows(data, final)
    light = kept_light(train, "snips-light")
    plain = kept_light(train, "snips-plain", frames=False)
    begun = time.process_time()
    model = Understander(model="neural").fit(train, start=plain, keep=kept("snips"))
    took = time.process_time() - begun
    ours, theirs = judged(model, test), judged(light, test)
    rows = [
        Row("snips, neural", metric, "higher", ours[metric], "light", theirs[metric])
        for metric in ("intent accuracy", "slot F1", "exact match")
    ]
    begun = time.process_time()
    for row in test:
        model.parse(" ".join(row["tokens"]))
    each = (time.process_time() - begun) / len(test)
    return [
        *rows,
        Row("snips, neural", "processor seconds of training, of the last piece", "lower", took),
        Row("snips, neural", "ms a parse, served with NumPy", "lower", 1e3 * each),
    ]


def pretrained(data: Path, final: bool) -> list[Row]:
    """Intents of Snips with the encoder of `--pretrained` beside the light model."""
    if not WEIGHTS:
        lacking("language", "the case pretrained needs --pretrained FOLDER, a folder of weights.")
    train, test = snips_rows(data, final)
    light = kept_light(train, "snips-light")
    begun = time.process_time()
    model = Understander(pretrained=WEIGHTS[-1]).fit(train)
    took = time.process_time() - begun
    print(f"pretrained: its scores count {model.encoded_.share_} times the light model's")
    ours, theirs = judged(model, test), judged(light, test)
    rows = [
        Row("snips, pretrained", metric, "higher", ours[metric], "light", theirs[metric])
        for metric in ("intent accuracy", "slot F1", "exact match")
    ]
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        fresh = Understander.load(folder)  # it has no vector of these texts yet
    begun = time.process_time()
    for row in test:
        fresh.parse(" ".join(row["tokens"]))
    each = (time.process_time() - begun) / len(test)
    return [
        *rows,
        Row("snips, pretrained", "processor seconds of training", "lower", took),
        Row("snips, pretrained", "processor ms a parse", "lower", 1e3 * each),
    ]


def kept_light(train: Sequence[Example], name: str, **given: Any) -> Understander:
    """The light model of rows; with `--keep` fitted once and opened again in later pieces."""
    folder = KEEP[-1] / name if KEEP and KEEP[-1] is not None else None
    if folder is None:
        return Understander(**given).fit(train)
    if not (folder / "understander.json").exists():
        Understander(**given).fit(train).save(folder)
    return Understander.load(folder)


def snips_rows(data: Path, final: bool) -> tuple[list[Example], list[Example]]:
    """Training rows, and those that are judged."""
    rows = pq.read_table(data / "snips" / "snips.parquet").to_pylist()
    for row in rows:
        row["labels"] = row.pop("slots")
    part = "test" if final else "valid"
    return [r for r in rows if r["split"] == "train"], [r for r in rows if r["split"] == part]


def speech(data: Path, final: bool) -> list[Row]:
    """Intent accuracy on recognised speech, with and without n-best lists and noise in training.

    The noise is ours (`Mishearing`, a fifth of the words): no recognised speech lies at hand.
    """
    train, test = snips_rows(data, final)
    rows = [{"text": " ".join(r["tokens"]), "intent": r["intent"]} for r in train]
    vocabulary = Counter(word for r in train for word in r["tokens"])
    heard = Mishearing([w for w, n in vocabulary.items() if n > 1], rate=0.2)
    noisy = [
        {"text": " ".join(heard.hypotheses(r["tokens"], n=1, seed=f"t{n}")[0].tokens),
         "intent": r["intent"]}
        for n, r in enumerate(train)
    ]  # fmt: skip
    plain, trained = Understander().fit(rows), Understander().fit(rows + noisy)
    lists = [heard.hypotheses(r["tokens"], n=5, seed=f"v{n}") for n, r in enumerate(test)]
    truth = [r["intent"] for r in test]

    def accuracy(said: Iterable[Any]) -> float:
        return float(np.mean([p.intent == t for p, t in zip(said, truth, strict=True)]))

    clean = accuracy(plain.parse_many(" ".join(r["tokens"]) for r in test))
    first = accuracy(plain.parse_many(" ".join(one[0].tokens) for one in lists))
    both = accuracy(
        trained.parse_heard([(" ".join(h.tokens), h.confidence) for h in one]) for one in lists
    )
    return [
        Row("speech", "intent accuracy, as written", "higher", clean),
        Row("speech", "intent accuracy, heard", "higher", both, "first guess, no noise in training",
            first),
        Row("speech", "share of the loss that is left", "lower", (clean - both) / (clean - first)),
    ]  # fmt: skip


def speed(fresh: Callable[[], Understander], texts: Sequence[str]) -> list[Row]:
    """Utterances a second on one core, the 99th percentile, and how time grows with length.

    Medians of five rounds, each with a model that is opened anew and has met no word.
    """
    words = " ".join(texts).split()[:500]
    # The same 500 words at once, and in 20 pieces of 25: a piece costs a 20th of them all.
    whole = [" ".join(words)]
    pieces = [" ".join(words[at : at + 25]) for at in range(0, 500, 25)]

    def cost(model: Understander, said: Sequence[str], times: int) -> float:
        begun = time.process_time()
        for _ in range(times):
            model.parse_many(said)
        return time.process_time() - begun

    rounds = []
    for _ in range(5):
        model, took = fresh(), []
        for text in texts:
            begun = time.perf_counter()
            model.parse(text)
            took.append(time.perf_counter() - begun)
        rate = len(texts) / cost(model, texts, 1)
        long = cost(model, whole, 10) / (cost(model, pieces, 10) / len(pieces))
        rounds.append((rate, 1e3 * np.quantile(took, 0.99), long))
    rate, late, times = np.median(rounds, axis=0).tolist()
    return [
        Row("light model", "utterances a second, one core", "higher", rate),
        Row("light model", "p99 ms, words not seen before", "lower", late),
        Row("light model", "500 tokens over 25 tokens, times", "lower", times),
    ]


def languages(data: Path, final: bool) -> list[Row]:
    """Hindi, English or neither a token, in Latin letters; licence: local benchmark only."""

    def read(name: str) -> list[Example]:
        with gzip.open(data / "hinglishnorm" / name, "rt") as file:
            rows = json.load(file)
        kinds = {"Hindi": "hi", "Looks Good": "en"}
        found = []
        for row in rows:
            tags = [kinds.get(t, "other") for t in json.loads(row["tags"].replace("'", '"'))]
            tokens = row["inputText"].split()
            if len(tokens) == len(tags) and tokens:
                found.append({"tokens": tokens, "languages": tags})
        return found

    train = read("hinglishNorm_trainSet.json.gz")
    if final:
        test = read("hinglishNorm_testSet.json.gz")
    else:
        train, test = train[: len(train) * 9 // 10], train[len(train) * 9 // 10 :]
    model = LanguageTagger().fit(train)
    said = [model.tag(row["tokens"]) for row in test]
    peer = word_peer(train, test)
    out = []
    for metric, at_switches in (("token F1", False), ("token F1 at switch points", True)):
        ours, theirs = (macro_f1(test, tags, at_switches) for tags in (said, peer))
        out.append(Row("language tags", metric, "higher", ours, "char n-gram LogReg", theirs))
    return out


def word_peer(train: Sequence[Example], test: Sequence[Example]) -> list[list[str]]:
    """Characters 1-5 of the word alone, logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    text = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True)
    words = [w for row in train for w in row["tokens"]]
    tags = [t for row in train for t in row["languages"]]
    model = LogisticRegression(C=10, max_iter=100).fit(text.fit_transform(words), tags)
    distinct = sorted({w for row in test for w in row["tokens"]})
    said = dict(zip(distinct, model.predict(text.transform(distinct)), strict=True))
    return [[said[w] for w in row["tokens"]] for row in test]


def macro_f1(rows: Sequence[Example], said: Sequence[Sequence[str]], at_switches: bool) -> float:
    """Mean F1 of `hi` and `en`, over all tokens or those next to a change of language."""
    pairs = []
    for row, tags in zip(rows, said, strict=True):
        gold = row["languages"]
        for i, (want, got) in enumerate(zip(gold, tags, strict=True)):
            near = any(
                0 <= j < len(gold) and {gold[j], want} == {"hi", "en"} for j in (i - 1, i + 1)
            )
            if near or not at_switches:
                pairs.append((want, got))
    scores = []
    for tag in ("hi", "en"):
        hits = sum(w == g == tag for w, g in pairs)
        total = sum(w == tag for w, _ in pairs) + sum(g == tag for _, g in pairs)
        scores.append(2 * hits / max(total, 1))
    return float(np.mean(scores))


def generator(data: Path, final: bool) -> list[Row]:
    """Mixes a second, and how near the code-mixing index comes to the asked one."""
    pairs = top_rows(data, "train")
    rows = [
        {**en, "target_tokens": cs["tokens"], "target_labels": cs["labels"]} for en, cs in pairs
    ]
    words = BilingualDictionary.learned(
        Aligner().fit([(en["tokens"], cs["tokens"]) for en, cs in pairs]).forward_
    )
    mixer = CodeMixer("en", "hi", dictionary=words).fit(rows)
    out = []
    for theory in ("ec", "ml", "dictionary"):
        begun = time.process_time()
        mixes = mixer.mix(rows, 3, theory=theory)  # type: ignore[arg-type]
        rate = len(mixes) / (time.process_time() - begun)
        out.append(Row(f"generator {theory}", "mixes a second", "higher", rate))
        for wanted in (20.0, 30.0, 40.0):
            got = mixer.mix(rows, 1, theory=theory, cmi=wanted).indices.cmi  # type: ignore[arg-type]
            off = 100 * abs(got - wanted) / wanted
            out.append(Row(f"generator {theory}", f"CMI {wanted:g}: % off", "lower", off))
    return out


def alignment(data: Path, final: bool) -> list[Row]:
    """F1 of links on XL-WA (licence: local benchmark only), learned from the same 1,300 pairs."""
    table = pq.read_table(data / "xl_wa" / "xl_wa.parquet").to_pylist()
    out = []
    for language in ("es", "it", "ru", "hu"):
        rows = [r for r in table if r["lang"] == language]
        pairs = [(r["src_en"].split(), r["tgt"].split()) for r in rows]
        aligner = Aligner().fit(pairs)
        hits = total = 0
        for row, (source, target) in zip(rows, pairs, strict=True):
            if (row["split"] == "test") != final:
                continue
            gold = {tuple(map(int, link.split("-"))) for link in row["alignment"].split()}
            got = set(aligner.align(source, target))
            hits, total = hits + len(gold & got), total + len(gold) + len(got)
        out.append(Row(f"alignment en-{language}", "F1 of links", "higher", 2 * hits / total))
    return out


def deduplication(data: Path, final: bool) -> list[Row]:
    """Steps a second of a two-layer network on a Zipf(1.0) log of 10,000 utterances."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 10_001)
    log = rng.choice(10_000, 200_000, p=shares / shares.sum())
    inputs = rng.normal(size=(10_000, 256)).astype(np.float32)
    labels = rng.integers(0, 50, 10_000)
    first = rng.normal(size=(256, 512)).astype(np.float32) / 16
    second = rng.normal(size=(512, 50)).astype(np.float32) / 22

    def step(ids: Any, weights: Any) -> Any:
        x, y = inputs[ids], labels[ids]
        hidden = np.maximum(x @ first, 0)
        scores = hidden @ second
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        scores[np.arange(len(y)), y] -= 1
        scores *= weights[:, None]
        back = (scores @ second.T) * (hidden > 0)
        return x.T @ back, hidden.T @ scores

    def plain(ids: Any) -> Any:
        return step(ids, np.full(len(ids), 1 / len(ids), dtype=np.float32))

    def distinct(ids: Any) -> Any:
        found = deduplicated(ids[:, None])
        return step(found.unique[:, 0], found.weights.astype(np.float32))

    def rate(one: Callable[[Any], Any], batches: Any) -> float:
        one(batches[0])
        begun = time.process_time()
        for batch in batches:
            one(batch)
        return len(batches) / (time.process_time() - begun)

    out = []
    for size in (64, 256, 1024):
        batches = log[: size * max(20, 10_000 // size)].reshape(-1, size)
        out.append(
            Row(f"de-duplicated, batch {size}", "steps a second", "higher", rate(distinct, batches),
                "plain loop", rate(plain, batches))
        )  # fmt: skip
        difference = max(
            float(np.abs(a - b).max())
            for a, b in zip(distinct(batches[0]), plain(batches[0]), strict=True)
        )
        out.append(
            Row(f"de-duplicated, batch {size}", "gradient difference, float32", "lower", difference)
        )
    inputs, first, second = (one.astype(np.float64) for one in (inputs, first, second))
    ids = log[:1024]
    whole = step(ids, np.full(len(ids), 1 / len(ids)))
    once = deduplicated(ids[:, None])
    each = step(once.unique[:, 0], once.weights)
    difference = max(float(np.abs(a - b).max()) for a, b in zip(each, whole, strict=True))
    out.append(Row("de-duplicated", "gradient difference, float64", "lower", difference))
    return out + final_accuracy(log, inputs.astype(np.float32), labels)


def final_accuracy(log: Any, inputs: Any, labels: Any) -> list[Row]:
    """Accuracy over the log after training on it, plain and de-duplicated: mean over 5 seeds."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        order = rng.permutation(log)[: 60 * 512].reshape(-1, 512)
        begin = (rng.normal(size=(256, 50)) / 100).astype(np.float32)
        for distinct in (True, False):
            weights = begin.copy()
            for ids in order:
                if distinct:
                    batch = deduplicated(ids[:, None])
                    rows, share = batch.unique[:, 0], batch.weights.astype(np.float32)
                else:
                    rows, share = ids, np.full(len(ids), 1 / len(ids), dtype=np.float32)
                scores = inputs[rows] @ weights
                scores = np.exp(scores - scores.max(axis=1, keepdims=True))
                scores /= scores.sum(axis=1, keepdims=True)
                scores[np.arange(len(rows)), labels[rows]] -= 1
                weights -= 1.0 * inputs[rows].T @ (scores * share[:, None])
            asked = log[:20_000]
            right = (inputs[asked] @ weights).argmax(axis=1) == labels[asked]
            found[distinct].append(float(right.mean()))
    ours, theirs = np.array(found[True]), np.array(found[False])
    return [
        Row("de-duplicated, 5 seeds", "final accuracy", "higher", float(ours.mean()), "plain loop",
            float(theirs.mean())),
        Row("de-duplicated, 5 seeds", "largest difference", "lower",
            float(np.abs(ours - theirs).max())),
    ]  # fmt: skip


CASES: dict[str, Callable[[Path, bool], list[Row]]] = {
    "snips": snips,
    "speed": quickness,
    "neural": neural,
    "pretrained": pretrained,
    "speech": speech,
    "clinc150": clinc150,
    "clinc150_full": partial(clinc150, kinds=("full",)),
    "clinc150_imbalanced": partial(clinc150, kinds=("imbalanced",)),
    "rare": rare,
    **{f"rare_{rival}": partial(rare, rivals=(rival,)) for rival in RIVALS},
    "hinglish_top": hinglish,
    "languages": languages,
    "generator": generator,
    "alignment": alignment,
    "deduplication": deduplication,
}


#: What is run when nothing is named: the others are parts of these, or need weights.
PARTS = ("clinc150_", "rare_", "speed", "pretrained")
WHOLE = [name for name in CASES if not name.startswith(PARTS)]


def main() -> None:
    """Run the cases that were asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=WHOLE)
    parser.add_argument("--final", action="store_true", help="test sets instead of validation sets")
    parser.add_argument(
        "--keep", type=Path, help="a folder to keep trainings in: one that was cut short goes on"
    )
    parser.add_argument(
        "--pretrained", type=Path, help="a folder of sentence-transformers weights, for its case"
    )
    given = parser.parse_args()
    KEEP.append(given.keep)
    WEIGHTS.extend([given.pretrained] if given.pretrained else [])
    needed = {"snips", "clinc150", "hinglish_top", "hinglishnorm", "xl_wa"}
    missing = sorted(name for name in needed if not (given.data / name).is_dir())
    if missing:
        lacking("language", f"there is no {', '.join(missing)} under {given.data}.")
    rows = []
    for name in given.only:
        rows += CASES[name](given.data, given.final)
    emit("language", rows, given.json)


if __name__ == "__main__":
    main()
