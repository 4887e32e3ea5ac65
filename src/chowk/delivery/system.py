"""`addresses`: the store's addresses into parts, buildings, and a scorer of their deliverability.

The table `addresses` flows in; the shipped parser labels it, mentions of one building are joined,
and where outcomes are known the scorer learns them, judged on a fifth of the addresses that it did
not see. Out flow `address_parts` (without people's names, phones and mails) and `buildings`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.errors import ArtifactError, NotFittedError
from chowk.store import schema
from chowk.store.reader import Reader
from chowk.system import Progress, Scorecard, System, silent

from .addresses.evidence import gather
from .addresses.parser import AddressParser, Part
from .addresses.register import BuildingRegister
from .addresses.scorer import AddressScorer

METRIC = "PR-AUC of failed deliveries"
#: Held-out addresses, and failures among them, that are needed to judge anything.
_ENOUGH, _FAILURES = 30, 5
#: Labels that are about a person and leave no trace in a table.
_PERSONAL = frozenset({"PERSON", "PHONE", "EMAIL"})

Rows = list[tuple[str, str, bool | None]]


class AddressSystem(System):
    """Parts, buildings and scores of a store's addresses.

    Attributes
    ----------
    scorer_ : the served scorer, learned on all outcomes; the shipped one where there are too few.
    """

    name: ClassVar[str] = "addresses"
    title: ClassVar[str] = "Which addresses will be found, and which building is which"
    needs: ClassVar[frozenset[str]] = frozenset({"addresses"})
    writes: ClassVar[frozenset[str]] = frozenset({"address_parts", "buildings"})

    scorer_: AddressScorer

    def __init__(self) -> None:
        self._judged: AddressScorer | None = None
        self._tables: dict[str, pa.Table] = {}

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        rows = _read(store)
        progress(0.1, "learning outcomes")
        self._judged = _learned([row for row in rows if not _held(row[0])])
        self.scorer_ = _learned(rows) or AddressScorer.load("in")
        progress(0.4, f"labelling {len(rows):,} addresses")
        parser = AddressParser.load("in")
        parsed = parser.parse_many([text for _, text, _ in rows])
        ids = [address_id for address_id, _, _ in rows]
        progress(0.8, "joining buildings")
        register = BuildingRegister.of(ids, [text for _, text, _ in rows], parsed=parsed)
        self._tables = {
            "address_parts": _parts_table(ids, parsed),
            "buildings": _buildings_table(register),
        }
        progress(1.0, f"{len(register.buildings):,} buildings")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        """PR-AUC of failures, beside the count of parts that are there, on the held-out fifth."""
        known = [(text, y) for i, text, y in _read(store) if y is not None and _held(i)]
        failed = np.array([not delivered for _, delivered in known], dtype=bool)
        if self._judged is None or len(known) < _ENOUGH or failed.sum() < _FAILURES:
            why = f"addresses: {len(known)} held-out outcomes, {int(failed.sum())} failed"
            return Scorecard(name=self.name, metric=METRIC, value=None, why=why)
        from sklearn.metrics import average_precision_score

        ours = 1 - self._judged.score_many([text for text, _ in known])
        plain = np.array([_lacking(text) for text, _ in known])
        rng = np.random.default_rng(0)
        gains = []
        for _ in range(300):
            draw = rng.integers(0, len(known), len(known))
            if failed[draw].any():
                gains.append(
                    average_precision_score(failed[draw], ours[draw])
                    - average_precision_score(failed[draw], plain[draw])
                )
        low, high = np.quantile(gains, [0.025, 0.975])
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(average_precision_score(failed, ours)),
            baseline=float(average_precision_score(failed, plain)),
            baseline_name="presence of parts",
            low=float(low),
            high=float(high),
            rows=len(known),
        )

    def tables(self) -> dict[str, pa.Table]:
        return dict(self._tables)

    def save(self, folder: Path) -> None:
        if not self._tables:
            raise NotFittedError(self)
        self.scorer_.save(folder / "scorer")
        if self._judged is not None:
            self._judged.save(folder / "judged")
        for name, rows in self._tables.items():
            pq.write_table(rows, folder / f"{name}.parquet")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """A saved model."""
        if not (folder / "scorer").is_dir():
            raise ArtifactError(f"{folder} holds no address model. Run 'chowk build' again.")
        system = cls()
        system.scorer_ = AddressScorer.load(folder / "scorer")
        if (folder / "judged").is_dir():
            system._judged = AddressScorer.load(folder / "judged")
        for name in sorted(cls.writes):
            rows = pq.read_table(folder / f"{name}.parquet")
            system._tables[name] = rows.cast(schema.TABLES[name].arrow)
        return system


def _read(store: Reader) -> Rows:
    table = store.arrow(store["addresses"].select("address_id", "text", "delivered"))
    rows = zip(
        *(table[name].to_pylist() for name in ("address_id", "text", "delivered")), strict=True
    )
    return sorted((str(i), str(text), y) for i, text, y in rows)


def _held(address_id: str) -> bool:
    """A fifth of the addresses, by their id: addresses carry no time to split by."""
    return hashlib.sha256(address_id.encode()).digest()[0] < 51


def _learned(rows: Rows) -> AddressScorer | None:
    known = [{"text": text, "delivered": y} for _, text, y in rows if y is not None]
    if len(known) < 20 or len({row["delivered"] for row in known}) < 2:
        return None
    return AddressScorer().fit(known)


def _lacking(text: str) -> float:
    """The rival: how many of house, area, city and PIN are not there."""
    facts = gather(text).facts
    return float(sum(not facts[name] for name in ("house", "area", "city", "pin")))


def _parts_table(ids: list[str], parsed: list[list[Part]]) -> pa.Table:
    rows = [
        {
            "address_id": address_id,
            "number": number,
            "label": part.label,
            "value": part.value,
            "start": part.start,
            "end": part.end,
            "relation": part.relation,
        }
        for address_id, parts in zip(ids, parsed, strict=True)
        for number, part in enumerate(p for p in parts if p.label not in _PERSONAL)
    ]
    return pa.Table.from_pylist(rows, schema=schema.TABLES["address_parts"].arrow)


def _buildings_table(register: BuildingRegister) -> pa.Table:
    rows = [
        {
            "building_id": building.building_id,
            "postcode": building.postcode,
            "name": building.name,
            "spellings": list(building.spellings),
            "address_ids": list(building.address_ids),
        }
        for building in register.buildings
    ]
    return pa.Table.from_pylist(rows, schema=schema.TABLES["buildings"].arrow)
