"""`chowk pack`: three files in, a proposal out; a bad file gives one sentence."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from chowk.delivery.packaging.simulation import simulate


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    made = simulate(200, 4000, seed=3, difficulty="easy")
    pv.write_csv(made.shipments, folder / "shipments.csv")
    pq.write_table(made.products, folder / "products.parquet")
    pv.write_csv(made.package_types, folder / "types.csv")
    return [str(folder / n) for n in ("shipments.csv", "products.parquet", "types.csv")]


def test_a_proposal_as_json_and_as_a_file(run, files, tmp_path):
    out = tmp_path / "packages.csv"
    told = run("pack", *files, "--budget", "today", "--out", str(out), "--json")
    assert told.code == 0, told
    assert told.json["tables"]["shipments"]["kept"] == 4000
    totals = told.json["totals"]
    assert totals["products"] == 200
    assert totals["shipping_cost"] <= totals["shipping_cost_today"] * 1.000001
    assert totals["damages"] < totals["damages_today"]
    rows = pv.read_csv(out).to_pylist()
    assert len(rows) == 200
    assert {"product_id", "package_type", "reason"} <= rows[0].keys()


def test_a_column_beyond_the_schemas_is_read(run, files, tmp_path):
    # Bags give way: unless `rigid` was read, a bag is billed like a box of its size.
    out = tmp_path / "packages.csv"
    assert run("pack", *files, "--tradeoff", "0", "--out", str(out), "--json").code == 0
    bags = [r for r in pv.read_csv(out).to_pylist() if r["package_type"] == "paper bag"]
    assert bags and min(r["shipping_cost"] for r in bags) < 40 * 30 * 12 / 5000 * 1.1


def test_a_proposal_for_a_person(run, files):
    told = run("pack", *files)
    assert told.code == 0, told
    for words in ("change their package", "Saving:", "The largest changes", "Shipping against"):
        assert words in told.out


def test_columns_of_other_names_are_mapped_in_the_files_that_have_them(run, files, tmp_path):
    expected = run("pack", *files, "--json").json["totals"]
    own = tmp_path / "own.csv"
    first, rest = Path(files[0]).read_text().split("\n", 1)
    own.write_text(
        first.replace("shipment_id", "parcel").replace("product_id", "sku") + "\n" + rest
    )
    maps = ("--map", "shipment_id=parcel", "--map", "product_id=sku")
    told = run("pack", str(own), *files[1:], *maps, "--json")
    assert told.code == 0 and told.json["totals"] == expected
    told = run("pack", str(own), *files[1:])
    assert told.code == 1 and "Say which one with --map" in told.err
    for wrong, says in (("shipment=parcel", "has no column 'shipment'"), ("ts=nope", "'nope'")):
        told = run("pack", str(own), *files[1:], *maps, "--map", wrong)
        assert told.code == 2 and says in told.err


def test_a_bad_file_is_one_sentence(run, files, tmp_path):
    bad = tmp_path / "types.csv"
    bad.write_text("package_type,rank\nbag,first\n")
    told = run("pack", files[0], files[1], str(bad))
    assert told.code == 1, told
    assert "types.csv, line 2: rank: 'first' is not a whole number" in told.err
    bad.write_text("package_type,rank\n")
    told = run("pack", files[0], files[1], str(bad))
    assert told.code in (1, 2) and told.err.count("\n") == 1, told
    with Path(files[2]).open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    with bad.open("w", newline="") as handle:
        out = csv.DictWriter(handle, [*dict.fromkeys([*rows[0], "rigid"])])
        out.writeheader()
        out.writerows({**row, "rigid": "perhaps"} for row in rows)
    told = run("pack", files[0], files[1], str(bad))
    assert told.code == 1, told
    assert "types.csv, line 2: rigid: 'perhaps' is neither yes nor no" in told.err


def test_a_budget_that_is_no_number_is_wrong_usage(run, files):
    told = run("pack", *files, "--budget", "little")
    assert told.code == 2, told
    assert "neither a number nor 'today'" in told.err
