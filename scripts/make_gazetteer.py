"""Writes the compact gazetteer that ships: PIN, place, state, position, from the public PIN table.

Source: datameet / GeoNames, CC BY 3.0. Names lose the post's own marks (B.O, S.O, H.O, EDSO);
Telangana and Ladakh, which are younger than the table, are told apart by their PIN codes.

    python scripts/make_gazetteer.py [--data FOLDER]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDIA = ROOT / "src" / "chowk" / "delivery" / "addresses" / "india"
POSITION = ("latitude", "longitude")
MARKS = re.compile(r"\b([BSH]\.?\s?O\.?|EDSO|EDBO|NDTSO|TSO|LSG|MDG)\s*$|\(.*?\)|[\t\n]", re.I)


def main() -> None:
    """Read the table, write `places.tsv.gz`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    codes = {"New Delhi": "DL", "Dadar and Nagar Haveli": "DN"}
    for line in (INDIA / "states.txt").read_text("utf-8").splitlines():
        code, name, others, _ = line.split("|")
        codes.update(dict.fromkeys((name, *others.split(";")), code))
    lines = []
    with (options.data / "pincodes" / "IN.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pin = row["key"].removeprefix("IN/")
            code = codes[row["admin_name1"]]
            if pin.startswith("50") and code == "AP":
                code = "TG"
            elif pin.startswith("194"):
                code = "LA"
            name = " ".join(MARKS.sub(" ", row["place_name"]).split()) or row["place_name"]
            latitude, longitude = (row[c] and f"{float(row[c]):.2f}" for c in POSITION)
            lines.append(f"{pin}\t{name}\t{code}\t{latitude}\t{longitude}")
    packed = gzip.compress(("\n".join(sorted(lines)) + "\n").encode(), 9, mtime=0)
    (INDIA / "places.tsv.gz").write_bytes(packed)
    print(f"{len(lines)} places, {len(packed):,} bytes")


if __name__ == "__main__":
    main()
