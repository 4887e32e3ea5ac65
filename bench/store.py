"""The store on a real export: import, check and build of Online Retail, each a process of its own.

Ours is the command line, from start to exit, with the peak memory that the operating system saw.
The peer is the same questions by hand in pandas (read, clean, totals, one product table, the
quality counts), without quarantine, accounts, durability or an index. Also: how long
`import chowk` takes beside `import pandas`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _report import Row, arguments, emit, lacking

MAP = (
    "order=InvoiceNo,product=StockCode,title=Description,quantity=Quantity,price=UnitPrice,"
    "time=InvoiceDate,customer=CustomerID,region=Country"
)
BY_HAND = """
import sys, pandas as pd
d = pd.read_csv(sys.argv[1], dtype={"InvoiceNo": str, "StockCode": str, "CustomerID": str})
d["InvoiceDate"] = pd.to_datetime(d["InvoiceDate"]).dt.tz_localize(
    "Europe/London", ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")
good = d[d["UnitPrice"] >= 0].copy()
good["amount"] = good["UnitPrice"] * good["Quantity"]
products = good.sort_values("InvoiceDate").groupby("StockCode").agg(
    title=("Description", lambda s: s.mode().iloc[0] if s.notna().any() else None),
    price=("UnitPrice", "last"), first=("InvoiceDate", "min"))
customers = good.groupby("CustomerID").agg(region=("Country", "last"))
checks = [good["CustomerID"].isna().sum(), (good["UnitPrice"] == 0).sum(),
          good.duplicated().sum(), products["title"].isna().sum()]
good.to_parquet(sys.argv[2])
"""


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of a process from start to exit."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return time.perf_counter() - start, usage.ru_maxrss / scale


def main() -> None:
    """Run the bench."""
    options = arguments(__doc__).parse_args()
    source = options.data / "online_retail" / "online_retail.parquet"
    if not source.is_file():
        lacking(
            "store",
            f"it needs {source} (Online Retail, UCI); say where the data is with --data FOLDER",
        )
    chowk = [sys.executable, "-m", "chowk"]
    with tempfile.TemporaryDirectory(prefix="chowk-bench-") as name:
        folder = Path(name)
        import pyarrow.csv
        import pyarrow.parquet

        export = folder / "lines.csv"
        pyarrow.csv.write_csv(pyarrow.parquet.read_table(source), export)
        made = [*chowk, "new", "s", "--currency", "GBP", "--time-zone", "Europe/London"]
        measured(made, folder)
        read = [*chowk, "import", "s", "order-lines", str(export), "--map", MAP, "--json"]
        import_s, import_mb = measured(read, folder)
        check_s, check_mb = measured([*chowk, "check", "s", "--json"], folder)
        build_s, build_mb = measured([*chowk, "build", "s", "--json"], folder)
        hand = [sys.executable, "-c", BY_HAND, str(export), str(folder / "by_hand.parquet")]
        hand_s, hand_mb = measured(hand, folder)
        rows = [
            Row("Online Retail, 541,909 lines: import and check", "seconds", "lower",
                import_s + check_s, "pandas by hand", hand_s),
            Row("… of these the import", "seconds", "lower", import_s),
            Row("… import and check", "peak MB", "lower", max(import_mb, check_mb),
                "pandas by hand", hand_mb),
            Row("… build (search and related)", "seconds", "lower", build_s),
            Row("… build", "peak MB", "lower", build_mb),
        ]  # fmt: skip
        light = min(measured([sys.executable, "-c", "import chowk"], folder)[0] for _ in range(5))
        bare = min(measured([sys.executable, "-c", "pass"], folder)[0] for _ in range(5))
        heavy = min(measured([sys.executable, "-c", "import pandas"], folder)[0] for _ in range(3))
        rows.append(
            Row("import chowk, beyond an empty Python", "seconds", "lower", light - bare,
                "import pandas", heavy - bare)
        )  # fmt: skip
    emit("store", rows, options.json)


if __name__ == "__main__":
    main()
