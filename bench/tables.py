"""Table expressions: Ibis on DuckDB beside hand-written DuckDB SQL, and Spark's tables beside both.

The events are made here: some ten million of them, with sessions, views, carts and purchases.
Each case is written twice, as an Ibis expression and as the SQL that an analyst would write; both
run on the same DuckDB with the same limits, in turns; the smallest of the rounds counts, and the
results must be equal. With `--spark URL` (or `local`, which starts a cluster) the same expressions
run there too, over a smaller part, and must give equal tables.

    python bench/tables.py [--events N] [--json FILE] [--spark URL | local]
"""

from __future__ import annotations

import contextlib
import gc
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from _report import Row, arguments, emit, lacking

HERE = Path(__file__).resolve().parent
PRODUCTS = 20_000
DAYS = 180
ROUNDS = 3


def main() -> None:
    """Make the events, run each case both ways, print."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="rows (default 10 million)")
    parser.add_argument("--spark", help="spark://host:port, or 'local' to start a cluster")
    options = parser.parse_args()
    if options.events < 1000:
        lacking("tables", "--events must be at least 1000")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.parquet"
        make(events, options.events)
        rows += compare(events, options.events)
        if options.spark:
            small = Path(folder) / "small.parquet"
            make(small, min(options.events, 200_000))
            rows += equal_on_spark(small, options.spark)
    emit("tables", rows, options.json)


def make(path: Path, events: int) -> None:
    """Sessions of ten events: five views, two carts, and three purchases in a fifth of them."""
    import duckdb

    with duckdb.connect() as sql:
        sql.execute("SET TimeZone = 'UTC'; SET memory_limit = '2GiB'")
        sql.execute(
            f"""
            COPY (
                SELECT 'e' || i AS event_id, 's' || (i // 10) AS session_id,
                    TIMESTAMPTZ '2024-01-01 00:00:00+00'
                        + INTERVAL 1 SECOND * (hash(i // 10) % {DAYS * 86_400} + 60 * (i % 10))
                        AS ts,
                    CASE WHEN i % 10 < 5 THEN 'view_item'
                        WHEN i % 10 < 7 OR hash(i // 10 + 1) % 5 > 0 THEN 'add_to_cart'
                        ELSE 'purchase' END AS kind,
                    'p' || CAST(
                        floor({PRODUCTS} * power((hash(i) % 1000003) / 1000003.0, 2.5)) AS INT
                    ) AS product_id,
                    'c' || (hash(i // 40) % {max(events // 100, 1)}) AS customer_id,
                    CAST((100 + hash(i + 7) % 9900) / 100 AS DECIMAL(18, 4)) AS price,
                    CAST(1 + hash(i + 3) % 3 AS DOUBLE) AS quantity,
                    'r' || (hash(i // 10 + 5) % 30) AS region
                FROM range({events}) AS made(i)
            ) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 200000)
            """
        )


# -- the cases: name, expression, SQL over a relation named events -------------------------------


def cases() -> dict[str, tuple[Callable[[Any], Any], str]]:
    """What a store asks of its events."""
    import ibis

    from chowk.discovery import expressions

    def daily_sales(t: Any) -> Any:
        bought = t.filter(t.kind == "purchase")
        return bought.group_by(day=bought.ts.date()).agg(
            revenue=(bought.price * bought.quantity.cast("decimal(18, 4)")).sum(),
            orders=bought.session_id.nunique(),
        )

    def kinds_by_product(t: Any) -> Any:
        return t.group_by("product_id", "kind").agg(events=t.count(), latest=t.ts.max())

    def funnel(t: Any) -> Any:
        steps = t.group_by("session_id").agg(
            viewed=(t.kind == "view_item").any(),
            carted=(t.kind == "add_to_cart").any(),
            bought=(t.kind == "purchase").any(),
        )
        return steps.group_by("viewed", "carted", "bought").agg(sessions=steps.count())

    def gaps(t: Any) -> Any:
        window = ibis.window(group_by="session_id", order_by=["ts", "event_id"])
        seconds = t.ts.epoch_seconds()
        apart = t.select("kind", gap=seconds - seconds.lag().over(window))
        return apart.group_by("kind").agg(longest=apart.gap.max(), gaps=apart.gap.count())

    def best_by_region(t: Any) -> Any:
        bought = t.filter(t.kind == "purchase")
        sold = bought.group_by("region", "product_id").agg(lines=bought.count())
        order = ibis.window(group_by="region", order_by=[sold.lines.desc(), sold.product_id])
        return sold.mutate(place=ibis.row_number().over(order)).filter(lambda s: s.place < 10)

    def pairs(t: Any) -> Any:
        bought = t.filter(t.kind == "purchase").select(
            "product_id", "session_id", basket="session_id", weight=ibis.literal(1, "int64")
        )
        lines = bought.select("basket", "product_id", "weight").distinct()
        return expressions.pair_counts(lines, expressions.item_counts(lines))

    return {
        "daily sales": (
            daily_sales,
            """SELECT ts::DATE AS day, sum(price * quantity::DECIMAL(18, 4)) AS revenue,
            count(DISTINCT session_id) AS orders FROM events WHERE kind = 'purchase' GROUP BY 1""",
        ),
        "events by product and kind": (
            kinds_by_product,
            """SELECT product_id, kind, count(*) AS events, max(ts) AS latest
            FROM events GROUP BY 1, 2""",
        ),
        "funnel": (
            funnel,
            """SELECT viewed, carted, bought, count(*) AS sessions FROM (
            SELECT session_id, bool_or(kind = 'view_item') AS viewed,
            bool_or(kind = 'add_to_cart') AS carted, bool_or(kind = 'purchase') AS bought
            FROM events GROUP BY 1) GROUP BY 1, 2, 3""",
        ),
        "gaps in sessions": (
            gaps,
            """SELECT kind, max(gap) AS longest, count(gap) AS gaps FROM (SELECT kind,
            epoch(ts)::BIGINT - lag(epoch(ts)::BIGINT) OVER (
            PARTITION BY session_id ORDER BY ts, event_id) AS gap FROM events) GROUP BY 1""",
        ),
        "best sellers by region": (
            best_by_region,
            """SELECT * FROM (SELECT *, row_number() OVER (
            PARTITION BY region ORDER BY lines DESC, product_id) - 1 AS place FROM (
            SELECT region, product_id, count(*) AS lines FROM events
            WHERE kind = 'purchase' GROUP BY 1, 2)) WHERE place < 10""",
        ),
        "pair counts": (
            pairs,
            """WITH lines AS (SELECT DISTINCT session_id, product_id FROM events
            WHERE kind = 'purchase'), items AS (SELECT product_id,
            row_number() OVER (ORDER BY product_id) - 1 AS item
            FROM (SELECT DISTINCT product_id FROM lines)),
            coded AS (SELECT session_id, item FROM lines JOIN items USING (product_id))
            SELECT a.item AS low, b.item AS high, count(*) AS baskets, count(*) AS weight
            FROM coded a JOIN coded b ON a.session_id = b.session_id AND a.item < b.item
            GROUP BY 1, 2""",
        ),
    }


def compare(path: Path, events: int) -> list[Row]:
    """Seconds of each case both ways; AssertionError when the results differ."""
    import duckdb

    from chowk.store.engines import DuckDB

    engine = DuckDB()
    table = engine.backend.read_parquet(str(path), table_name="events")
    sql = duckdb.connect()
    for option in (
        "TimeZone = 'UTC'",
        "memory_limit = '2048MiB'",
        "preserve_insertion_order = false",
    ):
        sql.execute(f"SET {option}")
    sql.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{path}')")
    rows = []
    for name, (expression, text) in cases().items():
        best = {"ours": float("inf"), "theirs": float("inf")}
        results: dict[str, Any] = {}
        for _ in range(ROUNDS):
            for side, run in (
                ("ours", lambda e=expression: engine.arrow(e(table))),
                ("theirs", lambda t=text: sql.sql(t).to_arrow_table()),
            ):
                gc.collect()
                start = time.perf_counter()
                results[side] = run()
                best[side] = min(best[side], time.perf_counter() - start)
        same(results["ours"], results["theirs"])
        case = f"{name}, {events:,} events, {results['ours'].num_rows:,} rows out"
        rows.append(Row(case, "seconds", "lower", best["ours"], "DuckDB SQL", best["theirs"]))
    engine.close()
    sql.close()
    return rows


def same(ours: Any, theirs: Any) -> None:
    """Equal as sets of rows, compared in DuckDB (types may be wider on one side)."""
    import duckdb

    assert ours.column_names == theirs.column_names, (ours.column_names, theirs.column_names)
    assert ours.num_rows == theirs.num_rows, (ours.num_rows, theirs.num_rows)
    with duckdb.connect() as sql:
        sql.register("a", ours)
        sql.register("b", theirs)
        left = sql.execute("SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)").fetchone()
    assert left == (0,), f"{left[0]} rows differ"


def equal_on_spark(path: Path, url: str) -> list[Row]:
    """Each case on Spark; the rows of DuckDB and Spark that are equal, as a share."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from chowk.store.engines import DuckDB, Spark
    from engines.equal import assert_equal

    rows = []
    with cluster(url) as address:
        here, there = DuckDB(), Spark(address)
        ours = here.backend.read_parquet(str(path), table_name="events")
        there.session.read.parquet(str(path)).createOrReplaceTempView("events")
        theirs = there.backend.table("events").cast(ours.schema())
        for name, (expression, _) in cases().items():
            start = time.perf_counter()
            found = there.arrow(expression(theirs))
            seconds = time.perf_counter() - start
            expected = here.arrow(expression(ours))
            assert_equal(found.cast(expected.schema), expected)
            case = f"{name}, Spark, {found.num_rows:,} rows equal to DuckDB's"
            rows.append(Row(case, "seconds", "lower", seconds))
        there.close()
        here.close()
    return rows


@contextlib.contextmanager
def cluster(url: str) -> Iterator[str]:
    """The given cluster, or one that is started here and gone afterwards."""
    if url != "local":
        yield url
        return
    from servers.spark import cluster as started
    from servers.spark import lacking as without

    if without():
        lacking("tables", "--spark local needs Java 17 and pyspark: pip install 'chowk[spark]'")
    with started() as address:
        yield address


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="fetch_arrow_table")
    main()
