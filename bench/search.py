"""Search: speed on generated products, and quality on real titles, beside peers in the same run.

Speed: 100,000 products of the sample's generator, and queries of one to three words of a title,
with filters that keep the product (its category's root, a price range, available ones) and five
facets. The peers do the same work on the same rows: SQLite FTS5 with GROUP BY for facets, and
tantivy as one meets it (its query parser and default analysis over four fields, stored documents,
no facets). Every query is asked once, nothing is warm but the code.

Quality: titles of one shop are queries, the matching titles of another are what is relevant, all
distinct right titles are the collection (queries of the test split, matches of any split; nothing
is learned). The peer is BM25 over titles with tantivy's defaults.

Scale (`--only scale`): `--products` are generated into a file by one process, a million at a time,
indexed from there and saved by another, and queried from disk by a third, with the peak of memory
of each: in all, and of what is not a page of a file, which the system cannot take back. `--keep
FOLDER` keeps rows and index, and goes on from what is there.

    python bench/search.py [--only speed|quality|scale] [--products 100000] [--queries 2000]
        [--keep FOLDER] [--data FOLDER] [--json FILE]
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import tantivy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit, lacking
from chowk.learn import metrics
from chowk.learn.bootstrap import paired_interval
from chowk.sample import catalogue
from chowk.search import SearchEngine
from chowk.search.analysis import surfaces
from chowk.search.baseline import TitleBM25
from chowk.search.catalogue import product_rows, products_table

FACETS = ("brand", "category", "attributes.colour", "attributes.material", "price")
#: Products that are generated at once.
_PIECE = 1_000_000
PAIRS = {
    "Amazon-Google": ("structured_amazon_google.parquet", "title"),
    "Walmart-Amazon": ("structured_walmart_amazon.parquet", "title"),
    "Abt-Buy": ("textual_abt_buy.parquet", "name"),
}


class Ask(NamedTuple):
    """One query with the filters that its product satisfies."""

    query: str
    root: str
    low: float
    high: float


class Times(NamedTuple):
    """Milliseconds of each call, and of CPU a call."""

    wall: np.ndarray
    cpu: float

    def at(self, percent: float) -> float:
        return float(np.percentile(self.wall, percent))


def timed(calls: Sequence[Any], ask: Callable[[Any], Any]) -> Times:
    """Ask each call once, one after the other."""
    wall = np.empty(len(calls))
    cpu = time.process_time()
    for i, call in enumerate(calls):
        start = time.perf_counter()
        ask(call)
        wall[i] = (time.perf_counter() - start) * 1e3
    return Times(wall, (time.process_time() - cpu) * 1e3 / len(calls))


def drawn(rows: list[dict[str, Any]], n: int, seed: int) -> list[Ask]:
    """Queries that a shopper of this catalogue could type."""
    rng = random.Random(seed)
    asked = []
    usable = [r for r in rows if r.get("price") and r.get("category") and r.get("available")]
    while len(asked) < n:
        row = rng.choice(usable)
        words = list(dict.fromkeys(surfaces(row["title"])))
        query = " ".join(rng.sample(words, min(len(words), rng.choice([1, 2, 2, 3]))))
        root = row["category"].split(" > ")[0]
        asked.append(Ask(query, root, round(row["price"] * 0.5, 2), round(row["price"] * 2, 2)))
    return asked


class Fts5:
    """The same rows in SQLite: FTS5 over title, brand, category and description."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.db = sqlite3.connect(":memory:")
        self.db.execute(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, product_id, brand, category, root, price,"
            " available, colour, material)"
        )
        self.db.execute("CREATE VIRTUAL TABLE t USING fts5(title, brand, category, description)")
        for i, r in enumerate(rows):
            category, facts = r.get("category", ""), r.get("attributes", {})
            self.db.execute(
                "INSERT INTO p VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    i,
                    r["product_id"],
                    r.get("brand"),
                    category,
                    category.split(" > ")[0],
                    r.get("price"),
                    r.get("available") is not False,
                    facts.get("colour"),
                    facts.get("material"),
                ),
            )
            self.db.execute(
                "INSERT INTO t (rowid, title, brand, category, description) VALUES (?,?,?,?,?)",
                (i, r["title"], r.get("brand", ""), category, r.get("description", "")),
            )
        self.db.commit()

    def search(self, ask: Ask, *, facets: bool) -> Any:
        match = " OR ".join(f'"{word}"' for word in surfaces(ask.query))
        source = "t JOIN p ON p.id = t.rowid WHERE t MATCH ?"
        filters = " AND root = ? AND price BETWEEN ? AND ? AND available"
        values = (match, ask.root, ask.low, ask.high)
        found = self.db.execute(
            f"SELECT product_id FROM {source}{filters} ORDER BY bm25(t) LIMIT 10", values
        ).fetchall()
        total = self.db.execute(f"SELECT count(*) FROM {source}{filters}", values).fetchone()
        if facets:
            for column in ("brand", "colour", "material"):
                self.db.execute(
                    f"SELECT p.{column}, count(*) FROM {source}{filters} GROUP BY 1", values
                ).fetchall()
            self.db.execute(
                f"SELECT p.category, count(*) FROM {source} AND price BETWEEN ? AND ? AND available"
                " GROUP BY 1",
                (match, ask.low, ask.high),
            ).fetchall()
            self.db.execute(
                f"SELECT count(*) FILTER (WHERE price < 50), count(*) FROM {source}"
                " AND root = ? AND available",
                (match, ask.root),
            ).fetchall()
        return found, total


class PlainTantivy:
    """tantivy by its own tutorial: default analysis, stored fields, the query parser."""

    FIELDS = ("title", "brand", "category", "description")

    def __init__(self, rows: list[dict[str, Any]], folder: str) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("product_id", stored=True, tokenizer_name="raw")
        for field in self.FIELDS:
            builder.add_text_field(field, stored=True)
        self.index = tantivy.Index(builder.build(), path=folder)
        writer = self.index.writer()
        for r in rows:
            doc = tantivy.Document(product_id=r["product_id"])
            for field in self.FIELDS:
                doc.add_text(field, r.get(field, ""))
            writer.add_document(doc)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, ask: Ask) -> Any:
        query = self.index.parse_query(" ".join(surfaces(ask.query)), list(self.FIELDS))
        found = self.searcher.search(query, 10)
        return [self.searcher.doc(address).to_dict() for _, address in found.hits], found.count


def speed(products: int, queries: int) -> list[Row]:
    """Index and ask, ours and the peers', on generated products."""
    case = f"{products:,} generated products"
    table = catalogue(products, 7)
    rows = list(product_rows(products_table(table, "bench")))
    asks = drawn(rows, queries, 11)

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        engine = SearchEngine.build(table, scratch=folder)
        ours_index = time.perf_counter() - start
        start = time.perf_counter()
        (Path(folder) / "plain").mkdir()
        plain = PlainTantivy(rows, f"{folder}/plain")
        tantivy_index = time.perf_counter() - start
        start = time.perf_counter()
        fts = Fts5(rows)
        fts_index = time.perf_counter() - start

        def filters(ask: Ask) -> dict[str, Any]:
            return {"category": ask.root, "price": (ask.low, ask.high), "available": True}

        full = timed(asks, lambda a: engine.search(a.query, filters=filters(a), facets=FACETS))
        filtered = timed(asks, lambda a: engine.search(a.query, filters=filters(a)))
        bare = timed(asks, lambda a: engine.search(a.query))
        explained = timed(asks, lambda a: engine.search(a.query, explain=True))
        typed = timed(asks, lambda a: engine.suggest(a.query[:4]))
        strange = timed(asks, lambda a: engine.search(f"{a.query} zzyzx"))
        fts_asks = asks[: max(1, queries // 10)]
        fts_full = timed(fts_asks, lambda a: fts.search(a, facets=True))
        fts_filtered = timed(fts_asks, lambda a: fts.search(a, facets=False))
        raw = timed(asks, plain.search)
        some = [[rows[i]] for i in range(0, 50 * (products // 60 or 1), products // 60 or 1)]
        live = timed(some, engine.upsert)
        after = timed(asks, lambda a: engine.search(a.query, filters=filters(a), facets=FACETS))
        start = time.perf_counter()
        engine.save(f"{folder}/saved")
        again = time.perf_counter()
        opened = SearchEngine.open(f"{folder}/saved", scratch=folder)
        opening = time.perf_counter() - again
        size = sum(p.stat().st_size for p in Path(folder, "saved").rglob("*") if p.is_file())
        opened.close()
        engine.close()

    def row(
        what: str, metric: str, ours: float, peer: str = "", theirs: float | None = None
    ) -> Row:
        return Row(f"{case}: {what}", metric, "lower", ours, peer, theirs)

    found = [
        row("index", "seconds", ours_index, "tantivy defaults", tantivy_index),
        row("index", "seconds", ours_index, "SQLite FTS5", fts_index),
    ]
    for percent in (50, 95, 99):
        found.append(
            row(
                "filters and five facets",
                f"p{percent} ms",
                full.at(percent),
                "SQLite FTS5",
                fts_full.at(percent),
            )
        )
    for percent in (50, 95):
        found.append(
            row(
                "filters, no facets",
                f"p{percent} ms",
                filtered.at(percent),
                "SQLite FTS5",
                fts_filtered.at(percent),
            )
        )
        found.append(
            row(
                "no filters, no facets",
                f"p{percent} ms",
                bare.at(percent),
                "tantivy defaults",
                raw.at(percent),
            )
        )
    return [
        *found,
        row("filters and five facets", "CPU ms", full.cpu, "SQLite FTS5", fts_full.cpu),
        row("every score explained", "p95 ms", explained.at(95)),
        row("suggest", "p95 ms", typed.at(95)),
        row("with a word that nobody knows (vectors)", "p50 ms", strange.at(50)),
        row("with a word that nobody knows (vectors)", "p95 ms", strange.at(95)),
        row("upsert of one product, until it is found", "p95 ms", live.at(95)),
        row("filters and five facets, after 50 upserts", "p95 ms", after.at(95)),
        row("open a saved index", "ms", opening * 1e3),
        row("saved index", "MB", size / 1e6),
    ]


def _peak() -> float:
    """The most memory that this process has held, in GB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


class Held:
    """The most memory that this process holds while inside, looked at twice a second, in GB."""

    def __init__(self) -> None:
        self.own = 0.0
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text()
            kilobytes = int(status.partition("RssAnon:")[2].split()[0])
            self.own = max(self.own, kilobytes / 1e6)
            if self._done.wait(0.5):
                return


def _draw_at_scale(products: int, path: str) -> None:
    """Write generated rows, a million at a time, in order of their ids."""
    writer = None
    with pa.OSFile(f"{path}.part", "wb") as file:
        for piece, low in enumerate(range(0, products, _PIECE)):
            table = catalogue(min(_PIECE, products - low), 7 + 2 * piece)
            for name in ("product_id", "group_id"):
                # 'P0000017' of the fourth million is 'P03-0000017': none stands twice.
                own = pc.replace_substring_regex(table[name], "^(.)", f"\\1{piece:02d}-")
                table = table.set_column(table.schema.get_field_index(name), name, own)
            writer = writer or pa.ipc.new_file(file, table.schema)
            writer.write_table(table, max_chunksize=100_000)
        if writer is not None:
            writer.close()
    Path(f"{path}.part").rename(path)


def _build_at_scale(path: str, folder: str) -> dict[str, float]:
    table = pa.ipc.open_file(pa.memory_map(path)).read_all()
    before = _peak()
    start = time.perf_counter()
    with Held() as held:
        engine = SearchEngine.build(table, scratch=folder)
        seconds = time.perf_counter() - start
        engine.save(f"{folder}/saved")
        engine.close()
    rng = random.Random(3)
    some = [table.slice(row, 1) for row in sorted(rng.sample(range(len(table)), 5000))]
    rows = product_rows(products_table(pa.concat_tables(some), "bench"))
    asks = drawn(list(rows), 1000, 11)
    Path(folder, "asks.json").write_text(json.dumps(asks))
    return {"seconds": seconds, "before": before, "peak": _peak(), "own": held.own}


def _ask_at_scale(folder: str, queries: int) -> dict[str, float]:
    asks = [Ask(*one) for one in json.loads(Path(folder, "asks.json").read_text())][:queries]
    start = time.perf_counter()
    with Held() as held:
        engine = SearchEngine.open(f"{folder}/saved", scratch=folder)
        opening = time.perf_counter() - start

        def full(ask: Ask) -> Any:
            filters = {"category": ask.root, "price": (ask.low, ask.high), "available": True}
            return engine.search(ask.query, filters=filters, facets=FACETS)

        first, second = timed(asks, full), timed(asks, full)
        bare = timed(asks, lambda a: engine.search(a.query))
        strange = timed(asks[:200], lambda a: engine.search(f"{a.query} zzyzx"))
        engine.close()
    return {
        "open": opening * 1e3,
        "cold50": first.at(50),
        "cold95": first.at(95),
        "warm50": second.at(50),
        "warm95": second.at(95),
        "bare50": bare.at(50),
        "bare95": bare.at(95),
        "near50": strange.at(50),
        "near95": strange.at(95),
        "peak": _peak(),
        "own": held.own,
    }


def scale(products: int, queries: int, keep: Path | None) -> list[Row]:
    """Index and ask in processes of their own."""
    case = f"{products:,} generated products"
    rows = []
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "products.arrow"
        if not path.exists():
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                pool.submit(_draw_at_scale, products, str(path)).result()
        if not (folder / "asks.json").exists():
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                built = pool.submit(_build_at_scale, str(path), str(folder)).result()
            size = path.stat().st_size / 1e9
            rows += [
                Row(f"{case}: the rows' file", "GB", "lower", size),
                Row(f"{case}: index", "seconds", "lower", built["seconds"]),
                Row(f"{case}: memory before the index", "peak GB", "lower", built["before"]),
                Row(f"{case}: index", "peak GB", "lower", built["peak"]),
                Row(f"{case}: index, without pages of files", "peak GB", "lower", built["own"]),
            ]
            emit("search", rows)
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            asked = pool.submit(_ask_at_scale, str(folder), queries).result()
        size = sum(p.stat().st_size for p in (folder / "saved").rglob("*") if p.is_file())
    said = (
        ("open", "open", "ms"),
        ("cold50", "filters and five facets, first time", "p50 ms"),
        ("cold95", "filters and five facets, first time", "p95 ms"),
        ("warm50", "filters and five facets, again", "p50 ms"),
        ("warm95", "filters and five facets, again", "p95 ms"),
        ("bare50", "no filters, no facets", "p50 ms"),
        ("bare95", "no filters, no facets", "p95 ms"),
        ("near50", "with a word that nobody knows (vectors)", "p50 ms"),
        ("near95", "with a word that nobody knows (vectors)", "p95 ms"),
        ("peak", "memory of the asking process", "peak GB"),
        ("own", "memory of the asking process without pages of files", "peak GB"),
    )
    rows += [Row(f"{case}: {what}", metric, "lower", asked[key]) for key, what, metric in said]
    return [*rows, Row(f"{case}: saved index", "GB", "lower", size / 1e9)]


def quality(data: Path) -> list[Row]:
    """Find the matching titles of another shop."""
    folder = data / "product_matching"
    if not folder.is_dir():
        lacking("search", f"there is no {folder}. Give the data's folder with --data.")
    rows = []
    for name, (file, column) in PAIRS.items():
        pairs = pq.read_table(folder / file).to_pylist()
        left, right = f"left_{column}", f"right_{column}"
        titles = sorted({pair[right] for pair in pairs if pair[right]})
        ids = [f"{i:06d}" for i in range(len(titles))]
        number = dict(zip(titles, range(len(titles)), strict=True))
        matches: dict[str, set[int]] = {}
        for pair in pairs:
            if pair["label"] and pair[right]:
                matches.setdefault(pair[left], set()).add(number[pair[right]])
        queries = sorted({p[left] for p in pairs if p["split"] == "test" and p[left] in matches})
        plain = TitleBM25(ids, titles)
        with SearchEngine.build({"product_id": ids, "title": titles}) as engine:
            ours = [[int(h.product_id) for h in engine.search(q).hits] for q in queries]
        theirs = [[int(i) for i in plain.search(q)] for q in queries]
        values = []
        for ranked in (ours, theirs):
            table = np.zeros((len(queries), 10), dtype=bool)
            for i, (query, found) in enumerate(zip(queries, ranked, strict=True)):
                table[i, : len(found)] = [item in matches[query] for item in found]
            sizes = [len(matches[query]) for query in queries]
            values.append(
                {
                    "NDCG@10": metrics.ndcg(table, metrics.binary_ideal(sizes, 10)),
                    "recall@10": metrics.recall(table, sizes),
                    "MRR@10": metrics.mrr(table),
                }
            )
        for metric in values[0]:
            mine, other = values[0][metric], values[1][metric]
            interval = paired_interval(mine, other, seed=0)
            rows.append(
                Row(
                    f"{name}, {len(queries)} titles as queries "
                    f"(difference {interval.low:+.3f} to {interval.high:+.3f})",
                    metric,
                    "higher",
                    float(mine.mean()),
                    "BM25 on titles",
                    float(other.mean()),
                )
            )
    return rows


def main() -> None:
    """Run the bench."""
    parser = arguments(__doc__)
    parser.add_argument("--products", type=int, default=100_000, help="generated products")
    parser.add_argument("--queries", type=int, default=2000, help="queries that are timed")
    parser.add_argument("--only", choices=("speed", "quality", "scale"), help="one part of it")
    parser.add_argument("--keep", type=Path, help="where the index of --only scale stays")
    options = parser.parse_args()
    if options.only == "scale":
        emit("search", scale(options.products, options.queries, options.keep), options.json)
        return
    rows = quality(options.data) if options.only != "speed" else []
    if options.only != "quality":
        rows = [*speed(options.products, options.queries), *rows]
    emit("search", rows, options.json)


if __name__ == "__main__":
    main()
