"""Every format is tested through the whole road: a file, an import, the tables that came of it."""

import itertools
import json

import pytest

from chowk.store.importing.run import import_files
from chowk.store.store import Store


class Shop:
    """A store in a folder, and what was imported into it."""

    def __init__(self, folder, currency="EUR", zone="UTC"):
        self.folder = folder
        self.store = Store.create(folder / "shop", {"currency": currency, "time_zone": zone})
        self.report = None

    def file(self, name, content):
        path = self.folder / name
        if isinstance(content, list):
            content = "".join(json.dumps(row) + "\n" for row in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, format_name, *files, **how):
        """Import; the accounts of every file must add up."""
        self.report = import_files(self.store, format_name, files, **how)
        self.store.refresh()
        for account in self.report.accounts:
            assert account.rows_in == account.kept + account.quarantined
        return self.report

    def counts(self, number=0):
        account = self.report.accounts[number]
        return account.rows_in, account.kept, account.quarantined

    def rows(self, table, *order):
        found = self.store.arrow(self.store.table(table)).to_pylist()
        for row in found:
            if isinstance(row.get("attributes"), list):
                row["attributes"] = dict(row["attributes"])
        return sorted(found, key=lambda row: tuple(str(row[name]) for name in order))

    def products(self):
        return {row["product_id"]: row for row in self.rows("products")}

    def reasons(self):
        return list(self.report.reasons)


@pytest.fixture
def shops(tmp_path):
    """Makes shops; they are closed at the end."""
    made = []
    serial = itertools.count()

    def make(**settings):
        folder = tmp_path / f"shop{next(serial)}"
        folder.mkdir()
        made.append(Shop(folder, **settings))
        return made[-1]

    yield make
    for shop in made:
        shop.store.close()


@pytest.fixture
def shop(shops):
    return shops()
