"""Where expressions run: DuckDB in this process, or an Apache Spark cluster by URL.

What is asked is an Ibis expression; an engine only knows how to read a table's files, how to run
an expression, and how to keep an intermediate result. Sources: Ibis, DuckDB and Spark manuals.
"""

from __future__ import annotations

import os
import uuid
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from chowk.errors import MissingExtraError, SettingsError

from .parts import parquet_source, sql_name, unlike
from .schema import Table

if TYPE_CHECKING:
    import ibis


class Engine(ABC):
    """Reads files as tables and runs expressions."""

    name: str
    backend: Any

    @abstractmethod
    def read(self, table: Table, files: Sequence[Path]) -> ibis.Table:
        """The files as one table, with the columns of `table` in order (empty without files)."""

    def arrow(self, expression: Any) -> pa.Table:
        """Run an expression; the whole result as an Arrow table."""
        result: pa.Table = self.backend.to_pyarrow(expression)
        return result

    def batches(self, expression: ibis.Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Run an expression; the result in batches of about `rows`."""
        yield from self.backend.to_pyarrow_batches(expression, chunk_size=rows)

    def scalar(self, expression: Any) -> Any:
        """Run an expression that gives one value."""
        return self.backend.to_pyarrow(expression).as_py()

    @abstractmethod
    def cache(self, expression: ibis.Table) -> ibis.Table:
        """Compute once, read often: the result is kept until `forget`, or the engine's end."""

    @abstractmethod
    def forget(self, *kept: ibis.Table) -> None:
        """Free what `cache` kept."""

    @abstractmethod
    def close(self) -> None:
        """Free what the engine holds."""


def _empty(table: Table) -> pa.Table:
    return table.arrow.empty_table()


class DuckDB(Engine):
    """DuckDB in the process. `memory_mb` bounds its buffers; what is larger spills to `spill`."""

    name = "duckdb"

    def __init__(self, *, memory_mb: int = 2048, spill: Path | None = None) -> None:
        import ibis

        self.backend = ibis.duckdb.connect()
        raw = self.backend.con
        raw.execute("SET TimeZone = 'UTC'")
        raw.execute(f"SET memory_limit = '{int(memory_mb)}MiB'")
        raw.execute("SET preserve_insertion_order = false")
        raw.execute("SET enable_progress_bar = false")
        if spill is not None:
            raw.execute("SET temp_directory = ?", [str(spill)])
        self._count = 0

    def read(self, table: Table, files: Sequence[Path]) -> ibis.Table:
        import ibis

        if not files:
            return ibis.memtable(_empty(table))
        self._count += 1
        # Views are named apart: two manifests of one table can be open at once.
        view = f"{table.name}_{self._count}"
        self.backend.con.execute(
            f"CREATE VIEW {sql_name(view)} AS SELECT {', '.join(map(sql_name, table.names))} "
            f"FROM {parquet_source(files, table)}"
        )
        found: ibis.Table = self.backend.table(view)
        return found

    def batches(self, expression: ibis.Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        # Ibis 12 asks for a method that DuckDB 2 has taken away, and a result that is still being
        # read blocks its connection. So it is put aside, and read through a connection of its own.
        aside = self.cache(expression).get_name()
        reader = self.backend.con.cursor()
        try:
            yield from reader.table(aside).to_arrow_reader(rows)
        finally:
            reader.close()
            self._drop(aside)

    def cache(self, expression: ibis.Table) -> ibis.Table:
        # Not Ibis's cache: that drops its tables when Python ends, after DuckDB has gone.
        self._count += 1
        kept: ibis.Table = self.backend.create_table(f"kept_{self._count}", expression)
        return kept

    def forget(self, *kept: ibis.Table) -> None:
        for table in kept:
            self._drop(table.get_name())

    def _drop(self, name: str) -> None:
        # Not Ibis's drop_table: with sqlglot 30 its statement names no table. The name is one of
        # ours and qualified (memory.main.kept_2), so it is not quoted.
        self.backend.con.execute(f"DROP TABLE IF EXISTS {name}")

    def close(self) -> None:
        self.backend.disconnect()


class Spark(Engine):
    """A Spark session at `url` (spark://host:7077, or local[n]); Java 17 or newer is needed."""

    name = "spark"
    #: Engines of this process that are open: they share one session, and the last one ends it.
    _open: ClassVar[int] = 0

    def __init__(self, url: str, *, conf: dict[str, str] | None = None) -> None:
        try:
            import ibis
            from pyspark.sql import SparkSession
        except ImportError:
            raise MissingExtraError(f"The engine {url}", "spark") from None
        builder = (
            SparkSession.builder.master(url)
            .appName("chowk")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            # DuckDB gives null where ANSI mode would stop the query.
            .config("spark.sql.ansi.enabled", "false")
            .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        )
        for key, value in (conf or {}).items():
            builder = builder.config(key, value)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        if "spark.sql.shuffle.partitions" not in (conf or {}):
            # Spark's own 200 partitions cost more than the work on a small cluster.
            cores = self.session.sparkContext.defaultParallelism
            self.session.conf.set("spark.sql.shuffle.partitions", str(max(2 * cores, 4)))
        with warnings.catch_warnings():
            # Ibis needs pandas for functions that are not used here; any version will do.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            self.backend = ibis.pyspark.connect(self.session)
        self._kept: dict[Any, str] = {}
        Spark._open += 1

    @staticmethod
    def _name(stem: str) -> str:
        """A view's name that no other engine of the session has."""
        return f"{stem}_{uuid.uuid4().hex[:12]}"

    def read(self, table: Table, files: Sequence[Path]) -> ibis.Table:
        from pyspark.sql.functions import lit
        from pyspark.sql.pandas.types import from_arrow_schema

        name = self._name(table.name)
        kinds = from_arrow_schema(table.arrow)
        if files:
            differ, missing = unlike(files, table)
            reader = self.session.read.option("mergeSchema", str(differ).lower())
            frame = reader.parquet(*[str(file) for file in files])
            for column in missing:
                frame = frame.withColumn(column.name, lit(None).cast(kinds[column.name].dataType))
        else:
            frame = self.session.createDataFrame([], kinds)
        frame.createOrReplaceTempView(name)
        found = self.backend.table(name).select(*table.names)
        # Spark keeps moments in UTC, but Ibis reads their type as one without a zone.
        times = [column.name for column in table.columns if column.kind == "time"]
        zoned: ibis.Table = found.cast(dict.fromkeys(times, "timestamp('UTC', 6)"))
        return zoned

    def arrow(self, expression: Any) -> pa.Table:
        # Ibis goes through pandas here, which turns whole numbers with nulls into floats.
        wanted = expression.as_table().schema().to_pyarrow()
        return self._frame(expression).toArrow().cast(wanted)

    def batches(self, expression: ibis.Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        yield from self.arrow(expression).to_batches(max_chunksize=rows)

    def scalar(self, expression: Any) -> Any:
        return self.arrow(expression)[0][0].as_py()

    def _frame(self, expression: Any) -> Any:
        """The expression as a Spark frame."""
        return self.session.sql(self.backend.compile(expression))

    def cache(self, expression: ibis.Table) -> ibis.Table:
        name = self._name("kept")
        self._frame(expression).createOrReplaceTempView(name)
        self.session.catalog.cacheTable(name)
        kept: ibis.Table = self.backend.table(name).cast(expression.schema())
        self._kept[kept.op()] = name
        return kept

    def forget(self, *kept: ibis.Table) -> None:
        for table in kept:
            name = self._kept.pop(table.op())
            self.session.catalog.uncacheTable(name)
            self.session.catalog.dropTempView(name)

    def close(self) -> None:
        Spark._open -= 1
        if Spark._open == 0:
            self.session.stop()


def connect(url: str, *, memory_mb: int = 2048, spill: Path | None = None) -> Engine:
    """An engine by URL: `duckdb`, `spark://host:port` or `local[2]`."""
    if url in ("", "duckdb"):
        return DuckDB(memory_mb=memory_mb, spill=spill)
    if url.startswith(("spark://", "local")):
        return Spark(url)
    raise SettingsError(f"engine.url is {url!r}; it must be duckdb, spark://host:7077 or local[n].")
