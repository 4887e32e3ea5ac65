"""Related products, substitutes and journeys beside plain rivals, on real data.

`photo`, `computers`: 80/20 edge split by a fixed seed, all products ranked, known targets left out;
hit rate@10 is the share of hidden edges whose target is among the ten. Direction is judged on
hidden one-way edges, s(u,v) > s(v,u), ties half. `cold photo`, `cold computers`: a fifth of the
products lose all their edges; those edges are to be found, by source and by target.
`games`: the last item of each user of Video Games, all items ranked, the history left out; the item
before it is what was tuned on. `--keep FOLDER` lets a run of it, or of related products, go on
where another stopped (their seconds are then those of the last run).
`pairs`: a labelled non-match of one type beside a random pair; whole texts beside words too.
`sample`: simulated stores beside their hidden truth: substitutes, complements' direction, streams.
`live`: the streams alone, on five odd seeds. `retail`: Online Retail by time, next basket.
`texts`: the same with a journey that reads products' names, beside one that does not. Its encoder
(and one more of `pairs`) is a folder of sentence-transformers weights, `--pretrained FOLDER`; else
the one that search makes of the shop's own names. `--earlier N`: N times four weeks before, for
choosing.
`speed`: 100,000 products, a history of 50.
`throughput`: sequences a second that the transformer learns from, beside a plain loop of its size.
`reasons`: the share of first reasons without which the score falls, on Video Games.

    python bench/discovery.py [--only NAME …] [--seed N] [--data FOLDER] [--json FILE]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from _baskets import own, retail, texts
from _related_pieces import in_pieces
from _report import Row, arguments, emit, lacking
from _simulated import live, sample, ways
from chowk.discovery import Journey, RelatedProducts, Substitutes
from chowk.discovery.evidence import Evidence
from chowk.discovery.graph import read_graph
from chowk.discovery.related_contest import best
from chowk.discovery.rivals import RIVALS, make_rival
from chowk.learn.bootstrap import paired_interval

CASES = (
    "photo",
    "computers",
    "cold photo",
    "cold computers",
    "games",
    "pairs",
    "sample",
    "live",
    "retail",
    "texts",
    "speed",
    "throughput",
    "reasons",
)
_FILES = {"photo": "amazon_photo", "computers": "amazon_cs"}


def main() -> None:
    """Run the chosen cases and print one table."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--seed", type=int, default=0, help="of the split")
    parser.add_argument("--keep", type=Path, help="a folder from which a run goes on")
    parser.add_argument("--earlier", type=int, default=0, help="windows of four weeks, of retail")
    parser.add_argument("--pretrained", type=Path, help="a folder of sentence-transformers weights")
    options = parser.parse_args()
    global KEEP, WEIGHTS, EARLIER
    KEEP, WEIGHTS, EARLIER = options.keep, options.pretrained, options.earlier
    rows: list[Row] = []
    for case in options.only:
        started = time.perf_counter()
        rows += _RUN[case](options.data, options.seed, case)
        print(f"{case}: {time.perf_counter() - started:.0f} s", flush=True)
    emit("discovery", rows, options.json)


# -- related products ---------------------------------------------------------------------------


def graph_of(data: Path, name: str) -> tuple[np.ndarray, np.ndarray, pa.Table]:
    """Sources, targets, and features with a vector of words."""
    folder = data / "copurchase"
    path = folder / f"{_FILES[name]}_edges.parquet"
    if not path.is_file():
        lacking("discovery", f"{path} is not there. Name the folder of the data with --data.")
    edges = pq.read_table(path)
    words = pq.read_table(folder / f"{_FILES[name]}_features_binary.parquet")
    node, feature = words["node"].to_numpy(), words["feature"].to_numpy().astype(int)
    dense = np.zeros((int(max(node.max(), pc.max(edges["src"]).as_py())) + 1, feature.max() + 1))
    dense[node, feature] = 1.0
    vectors = pa.FixedSizeListArray.from_arrays(
        pa.array(dense.ravel().astype(np.float32)), dense.shape[1]
    )
    features = pa.table({"product_id": np.arange(len(dense)), "vector": vectors})
    return edges["src"].to_numpy(), edges["dst"].to_numpy(), features


def related(data: Path, seed: int, case: str) -> list[Row]:
    """Existence and direction of hidden edges."""
    source, target, features = graph_of(data, case)
    hidden = np.zeros(len(source), dtype=bool)
    order = np.random.default_rng(seed).permutation(len(source))
    hidden[order[: len(source) // 5]] = True
    s, t = source[hidden], target[hidden]
    seen = pa.table({"source": source[~hidden], "target": target[~hidden]})
    started = time.perf_counter()
    with in_pieces(KEEP / f"{case}-{seed}" if KEEP is not None else None):
        model = RelatedProducts(seed=0).fit(seen, features)
    seconds = time.perf_counter() - started
    print(f"{case}: kept {model.method_} in {seconds:.0f} s; inside fit: {model.contest_}")
    ours = hit_rate(lambda rows: listed(model, rows), s, t)
    every = set(zip(source.tolist(), target.tolist(), strict=True))
    one_way = np.array([(b, a) not in every for a, b in zip(s.tolist(), t.tolist(), strict=True)])
    a, b = s[one_way], t[one_way]
    degree = np.bincount(target[~hidden], minlength=features.num_rows).astype(float)
    near = np.maximum(degree[a], degree[b]) < 2 * np.minimum(degree[a], degree[b])
    mine = ways(model.score(a, b), model.score(b, a))
    evidence = Evidence(read_graph(seen, features), neighbours=2_000)
    rows = []
    for name in RIVALS:
        rival = make_rival(name, evidence)
        found = hit_rate(lambda at, r=rival: best(r, evidence.graph, at), s, t)
        rows.append(Row(case, "HR@10", "higher", ours, name, found))
        if name.startswith(("directed", "popularity", "lightgcn")):
            their = ways(rival.pairs(a, b), rival.pairs(b, a))
            for which, mask in (("direction, all", near | True), ("direction, matched", near)):
                rows.append(Row(case, which, "higher", mine[mask].mean(), name, their[mask].mean()))
    return [*rows, Row(case, "fit seconds", "lower", seconds)]


def listed(model: RelatedProducts, rows: np.ndarray) -> np.ndarray:
    """The first ten unknown targets of each product, -1 where there are fewer."""
    made = np.full((len(rows), 10), -1, dtype=np.int64)
    for at, ranked in enumerate(model.recommend(rows, 10, known=False)):
        made[at, : len(ranked)] = [one for one, _ in ranked]
    return made


def hit_rate(answer: Callable[[np.ndarray], np.ndarray], s: np.ndarray, t: np.ndarray) -> float:
    """The share of pairs (s, t) with t among the answer for s."""
    asked = np.unique(s)
    lists = np.concatenate([answer(asked[i : i + 256]) for i in range(0, len(asked), 256)])
    return float((lists[np.searchsorted(asked, s)] == t[:, None]).any(axis=1).mean())


def cold(data: Path, seed: int, case: str) -> list[Row]:
    """Products without any edge, as sources and as targets, beside content cosine."""
    source, target, features = graph_of(data, case.removeprefix("cold "))
    rng = np.random.default_rng(seed)
    gone = np.zeros(features.num_rows, dtype=bool)
    gone[rng.permutation(len(gone))[: len(gone) // 5]] = True
    seen = ~(gone[source] | gone[target])
    edges = pa.table({"source": source[seen], "target": target[seen]})
    folder = KEEP / f"{case}-{seed}" if KEEP is not None else None
    if folder is not None and (folder / "model").is_dir():
        model = RelatedProducts.load(folder / "model")
    else:
        with in_pieces(folder):
            model = RelatedProducts(seed=0).fit(edges, features)
        if folder is not None:
            model.save(folder / "part")
            (folder / "part").rename(folder / "model")
    plain, graph = make_rival("content", model._evidence), model._base
    rows = []
    for which, chosen in (
        ("new as sources", gone[source]),
        ("new as targets", gone[target] & ~gone[source]),
    ):
        s, t = source[chosen], target[chosen]
        ours = hit_rate(lambda at: listed(model, at), s, t)
        theirs = hit_rate(lambda at: best(plain, graph, at), s, t)
        rows.append(Row(case, f"HR@10, {which}", "higher", ours, "content cosine", theirs))
    return rows


# -- journeys -----------------------------------------------------------------------------------


def games(data: Path, seed: int, case: str) -> list[Row]:
    """Leave-one-out over all items, three seeds of the learner."""
    path = data / "video_games_sequences" / "video_sequences.parquet"
    if not path.is_file():
        lacking("discovery", f"{path} is not there. Name the folder of the data with --data.")
    table = pq.read_table(path)
    user = table["user"].to_numpy()
    sequences = [
        one.tolist()
        for one in np.split(table["item"].to_numpy(), np.flatnonzero(np.diff(user)) + 1)
    ]
    past = [one[:-1] for one in sequences]
    rows: list[Row] = []
    light = kept("light", lambda: (gains(Journey("light").fit(past), past, sequences), {}))[0]
    for method, what in (("blend", "journey"), ("learned", "without the transformer")):
        every, spent = [], []
        for one in range(seed, seed + 3):
            found, told = kept(
                f"{method}-{one}", lambda m=method, s=one: _taught(m, s, past, sequences)
            )
            every.append(found)
            spent.append(told["seconds"])
            gain = paired_interval(found, light, seed=one)
            print(
                f"games, {method}, seed {one}: {found.mean():.4f} in {spent[-1]:.0f} s, minus "
                f"light {gain.difference:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]; inside fit "
                f"{told['contest']}",
                flush=True,
            )
        ours = np.mean(every, axis=0)
        gain = paired_interval(ours, light, seed=seed)
        print(f"games: mean of three minus light [{gain.low:+.4f}, {gain.high:+.4f}]")
        name = "our light form"
        rows.append(Row(case, f"NDCG@10, {what}", "higher", ours.mean(), name, light.mean()))
        hit, plain = (np.mean([one > 0 for one in every]), (light > 0).mean())
        rows.append(Row(case, f"HR@10, {what}", "higher", float(hit), name, plain))
        rows.append(Row(case, f"fit seconds, {what}", "lower", float(np.mean(spent))))
    return rows


KEEP: Path | None = None
WEIGHTS: Path | None = None
EARLIER = 0


def kept(name: str, make: Callable[[], tuple[np.ndarray, dict[str, Any]]]) -> Any:
    """What an earlier run left in the folder `--keep`, or made now and left there."""
    if KEEP is None:
        return make()
    path = KEEP / f"{name}.npz"
    if not path.is_file():
        found, told = make()
        KEEP.mkdir(parents=True, exist_ok=True)
        np.savez(path, found=found, told=json.dumps(told))
    with np.load(path) as held:
        return held["found"], json.loads(str(held["told"]))


def _taught(method: str, seed: int, past: list[Any], sequences: list[Any]) -> Any:
    """Gains of one learner; with `--keep` the model is kept too, since learning takes long."""
    folder = KEEP / f"{method}-{seed}" if KEEP is not None else None
    told: dict[str, Any]
    if folder is not None and (folder / "told.json").is_file():
        model, told = Journey.load(folder), json.loads((folder / "told.json").read_text())
    else:
        started = time.perf_counter()
        if folder is not None and method == "blend":
            from _resumed import resuming

            with resuming(folder.with_name(f"{method}-{seed}-epochs.npz")) as spent:
                model = Journey(method, seed=seed).fit(past)
        else:
            spent = {}
            model = Journey(method, seed=seed).fit(past)
        seconds = spent.get("earlier", 0.0) + time.perf_counter() - started
        told = {"seconds": seconds, "contest": model.contest_}
        if folder is not None:
            model.save(folder)
            (folder / "told.json").write_text(json.dumps(told))
    return gains(model, past, sequences), told


def gains(model: Journey, past: list[Any], sequences: list[Any]) -> np.ndarray:
    """NDCG@10 of each customer: 1 / log2(place + 1) of his last item, 0 below ten."""
    made = np.zeros(len(past))
    for at, found in enumerate(model.next_many(past, 10)):
        ranked = [one for one, _ in found]
        if sequences[at][-1] in ranked:
            made[at] = 1.0 / np.log2(ranked.index(sequences[at][-1]) + 2)
    return made


# -- substitutes --------------------------------------------------------------------------------


def pairs(data: Path, seed: int, case: str) -> list[Row]:
    """A pair that people labelled as alike but not the same, beside a pair drawn at random."""
    folder = data / "product_matching"
    rows = []
    for name in ("structured_walmart_amazon", "textual_abt_buy", "structured_amazon_google"):
        path = folder / f"{name}.parquet"
        if not path.is_file():
            lacking("discovery", f"{path} is not there. Name the folder of the data with --data.")
        table = pq.read_table(path)
        title = "title" if "left_title" in table.column_names else "name"
        read = [
            n
            for n in (title, "category", "brand", "description")
            if f"left_{n}" in table.column_names
        ]
        products: dict[str, dict[str, Any]] = {}
        made = []
        for row in table.filter(pc.equal(table["label"], 0)).to_pylist():
            ids = []
            for side in ("left", "right"):
                one = {n: row[f"{side}_{n}"] for n in read}
                key = f"{side} {one}"
                products[key] = {"product_id": key, "title": one.pop(title), **one}
                ids.append(key)
            made.append(ids)
        rng = np.random.default_rng(seed)
        left, right = (list(side) for side in zip(*made, strict=True))
        other = [right[i] for i in rng.permutation(len(right))]
        wins = {}
        forms = {"": None, ", latent texts": "latent"}
        for what, sentences in (
            forms | ({", pretrained": own(WEIGHTS)} if WEIGHTS else {})
        ).items():
            model = Substitutes(same_type=False, price_ratio=None, sentences=sentences)
            model.fit(features=list(products.values()))
            wins[what] = ways(model.score(left, right), model.score(left, other)).mean()
        titles = [{"product_id": p["product_id"], "title": p["title"]} for p in products.values()]
        plain = read_graph([], titles)
        code = [plain.places.codes(side) for side in (left, right, other)]
        words = plain.content.rows  # type: ignore[union-attr]
        cosine = [
            np.asarray(words[code[0]].multiply(words[c]).sum(axis=1)).ravel() for c in code[1:]
        ]
        title_alone = ways(*cosine).mean()
        rows += [
            Row(f"{case} {name}", f"above a random pair{what}", "higher", share, "title cosine",
                title_alone)
            for what, share in wins.items()
        ]  # fmt: skip
    return rows


# -- speed --------------------------------------------------------------------------------------


def speed(data: Path, seed: int, case: str) -> list[Row]:
    """Milliseconds an answer and a fold-in, 95th percentile, at 100,000 products.

    With `--keep` the three models are learned by the first run and read by the others, which take
    seconds: so they can be timed on a machine that does nothing else.
    """
    rng = np.random.default_rng(seed)
    n = 100_000
    features = [
        {"product_id": i, "title": f"kind{i // 60} word{i % 997}", "category": f"c{i // 60}",
         "price": 5.0 + i % 30} for i in range(n)
    ]  # fmt: skip

    def after() -> Journey:
        visits = [((rng.integers(n) + rng.integers(0, 60, 20)) % n).tolist() for _ in range(40_000)]
        return Journey(seed=seed).fit(visits, features)

    def goes() -> RelatedProducts:
        # Each product leads to the next one too, so none is without edges.
        source = np.concatenate([np.arange(n), rng.integers(0, n, 2 * n)])
        target = (source + rng.integers(1, 60, len(source))) % n
        return RelatedProducts("directed knn").fit({"source": source, "target": target}, features)

    def instead() -> Substitutes:
        return Substitutes().fit(None, features)

    rows = []
    histories = [((rng.integers(n) + rng.integers(0, 60, 50)) % n).tolist() for _ in range(500)]
    for name, kind, fit in (
        ("journey", Journey, after),
        ("related", RelatedProducts, goes),
        ("substitutes", Substitutes, instead),
    ):
        model: Any
        folder = KEEP / f"speed-{name}" if KEEP is not None else None
        if folder is not None and folder.is_dir():
            model = kind.load(folder)
        else:
            started = time.perf_counter()
            model = fit()
            print(f"{case}: {name} learned in {time.perf_counter() - started:.0f} s", flush=True)
            if folder is not None:
                model.save(folder)
        asked = histories if name == "journey" else rng.integers(0, n, 500).tolist()
        answer = model.next if name == "journey" else model.recommend
        answer(asked[0])
        rows.append(Row(case, f"{name}, p95 ms", "lower", _p95(answer, asked)))
        new = [n + 1 + at for at in range(20)]
        told = {"title": "kind7 word3", "category": "c7", "price": 9.0}
        model.fold_in(n, told)
        spent = _p95(lambda one, m=model, t=told: m.fold_in(one, t), new)
        rows.append(Row(case, f"{name} fold-in, p95 ms", "lower", spent))
    return rows


def throughput(data: Path, seed: int, case: str) -> list[Row]:
    """One epoch's sequences a second on histories as long as those of Video Games, on average 9.

    The plain loop has the same width, blocks, heads and number of negatives; like most, it pads
    every history to the window and gives each step negatives of its own.
    """
    import torch

    from chowk.discovery.attention import WINDOW
    from chowk.discovery.attention_learning import BLOCKS, HEADS, NEGATIVES, WIDTH, Learner
    from chowk.discovery.sequences import History

    rng = np.random.default_rng(seed)
    n, many = 23_715, 4_000
    lengths = np.minimum(5 + rng.geometric(1 / 4.0, many), WINDOW)
    histories = [
        History(rng.integers(0, n, size), np.ones(size, dtype=np.float32)) for size in lengths
    ]
    learner = Learner(histories, n, seed=seed)
    started = time.perf_counter()
    learner.epoch()
    ours = many / (time.perf_counter() - started)

    torch.manual_seed(seed)
    items = torch.nn.Embedding(n + 1, WIDTH, padding_idx=n)
    layer = torch.nn.TransformerEncoderLayer(
        WIDTH, HEADS, 4 * WIDTH, 0.5, batch_first=True, norm_first=True
    )
    body = torch.nn.TransformerEncoder(layer, BLOCKS, enable_nested_tensor=False)
    places = torch.nn.Parameter(torch.zeros(WINDOW, WIDTH))
    weights = [*items.parameters(), *body.parameters(), places]
    optimiser = torch.optim.AdamW(weights, lr=1e-3)
    padded = np.full((many, WINDOW + 1), n)
    for row, history in enumerate(histories):
        padded[row, : len(history)] = history.codes
    mask = torch.nn.Transformer.generate_square_subsequent_mask(WINDOW)
    rows = torch.from_numpy(padded[:1_000])
    started = time.perf_counter()
    for batch in rows.split(128):
        past, wanted = batch[:, :-1], batch[:, 1:]
        state = body(items(past) + places, mask=mask, is_causal=True)
        drawn = torch.randint(0, n, (NEGATIVES,))
        right = (state * items(wanted)).sum(-1, keepdim=True)
        logits = torch.cat([right, state @ items(drawn).T], dim=-1)
        lost = torch.logsumexp(logits, -1) - right[..., 0]
        loss = lost[wanted != n].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    plain = len(rows) / (time.perf_counter() - started)
    return [Row(case, "sequences a second", "higher", ours, "plain loop, padded", plain)]


def reasons(data: Path, seed: int, case: str) -> list[Row]:
    """The share of answers' first reasons that are true: without the product the score falls.

    The products of 300 histories' first answers, of the light and of the learned form; answers for
    which there is no reason but popularity are not counted, and their share is given.
    """
    path = data / "video_games_sequences" / "video_sequences.parquet"
    if not path.is_file():
        lacking("discovery", f"{path} is not there. Name the folder of the data with --data.")
    table = pq.read_table(path)
    user = table["user"].to_numpy()
    sequences = [
        one.tolist()
        for one in np.split(table["item"].to_numpy(), np.flatnonzero(np.diff(user)) + 1)[:6_000]
    ]
    rng = np.random.default_rng(seed)
    rows = []
    for method in ("light", "learned"):
        model = Journey(method, seed=seed).fit(sequences)
        falls, told = [], 0
        asked = [sequences[i] for i in rng.permutation(len(sequences))[:300]]
        for history in asked:
            first = model.next(history, 1)[0][0]
            found = model.explain(history, first)
            if not found or found[0].product_id is None:
                continue
            told += 1
            without = [one for one in history if one != found[0].product_id]
            falls.append(model.score(without, [first])[0] < model.score(history, [first])[0])
        rows.append(Row(case, f"deletion fidelity, {method}", "higher", float(np.mean(falls))))
        rows.append(Row(case, f"answers with a reason, {method}", "higher", told / len(asked)))
    return rows


def _p95(answer: Callable[[Any], Any], asked: list[Any]) -> float:
    spent = []
    for one in asked:
        started = time.perf_counter()
        answer(one)
        spent.append(1e3 * (time.perf_counter() - started))
    return float(np.quantile(spent, 0.95))


_RUN = {
    "photo": related,
    "computers": related,
    "cold photo": cold,
    "cold computers": cold,
    "games": games,
    "pairs": pairs,
    "sample": sample,
    "live": live,
    "retail": lambda data, seed, case: retail(data, seed, case, EARLIER),
    "texts": lambda data, seed, case: texts(data, seed, case, EARLIER, WEIGHTS),
    "speed": speed,
    "throughput": throughput,
    "reasons": reasons,
}

if __name__ == "__main__":
    main()
