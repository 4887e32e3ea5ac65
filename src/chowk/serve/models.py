"""One build as a worker serves it: its systems, its catalogue, and the journal up to a position.

The record of a build comes in; the search engine (with a working copy of its own), the related
products and the catalogue are opened, and rows of the journal are laid over them. A build is never
closed by hand: the last request that still holds it lets it go (`weakref.finalize`), so that a new
build can take its place while requests are under way.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from chowk import artifacts, logs
from chowk.errors import ChowkError, StoreDamagedError
from chowk.store import schema
from chowk.system import system_class

from .attribution import store_secret
from .catalogue import Catalogue
from .parcels import Parcels
from .risks import Risks

if TYPE_CHECKING:
    from chowk.community.system import ModerationSystem
    from chowk.delivery import AddressScorer
    from chowk.discovery.complements_system import ComplementsSystem
    from chowk.discovery.journey_system import JourneySystem
    from chowk.discovery.substitutes_system import SubstitutesSystem
    from chowk.discovery.system import RelatedSystem
    from chowk.journal import Row
    from chowk.language.system import LanguageSystem
    from chowk.search import SearchEngine
    from chowk.store.store import Store

_log = logs.get(__name__)

#: Products that were in no build and are taken in with one batch of changes, at most: each costs
#: some milliseconds. Search finds the others, and the next build learns them all.
NEWCOMERS = 200


class Models:
    """What answers requests, from one build.

    Attributes
    ----------
    build : the build's record; None for a store that was never built, which only has a catalogue.
    search, related, risk, parcels, addresses : the systems, None where the build has none or it is
        not enabled.
    lacks : for each system that does not serve, why.
    applied : the journal's position that is in here.
    """

    def __init__(self, store: Store, build: artifacts.Build | None) -> None:
        self.build = build
        self._secret = store_secret(store.path)
        self.lacks: dict[str, str] = {}
        manifest = store.manifest
        # A model that an earlier build made (--only) knows less than this build read.
        known = manifest.journal if build is None else build.replay_from
        self.applied = min(known, manifest.journal)
        self.catalogue = Catalogue(
            *(_table(store.path / "tables", n, manifest.tables.get(n)) for n in _SHOWN),
            position=manifest.journal,
        )
        self._products = store.path / "tables", "products", manifest.tables.get("products")
        self.search: SearchEngine | None = None
        self.related: RelatedSystem | None = None
        self.substitutes: SubstitutesSystem | None = None
        self.complements: ComplementsSystem | None = None
        self.journey: JourneySystem | None = None
        self.language: LanguageSystem | None = None
        self.moderation: ModerationSystem | None = None
        self.risk: Risks | None = None
        self.parcels: Parcels | None = None
        self.addresses: AddressScorer | None = None
        with contextlib.ExitStack() as opened:
            self._open(store.models_path, _scratch(store.path), opened)
            # Python closes it with the last reference; an error above closes it at once.
            self._closing = weakref.finalize(self, opened.pop_all().close)

    @property
    def name(self) -> str:
        """The build's id, or an empty string."""
        return "" if self.build is None else self.build.build

    def apply(self, rows: Sequence[Row]) -> None:
        """Lay rows of the journal over the build, in order."""
        if not rows:
            return
        changed, gone = self.catalogue.apply(rows)
        if self.search is not None:
            if gone:
                self.search.delete(sorted(gone))
            if changed:
                ids = sorted(changed)
                offers = [offer for one in ids for offer in self.catalogue.offers_of(one)]
                self.search.upsert([self.catalogue.product(p) for p in ids], offers=offers)
        self._take_in([row for p in sorted(changed) if (row := self.catalogue.product(p))])
        self.applied = rows[-1].position

    def _take_in(self, products: list[dict[str, Any]]) -> None:
        """What stands in for others, goes with them or comes next: products no build saw, too."""
        for name in ("substitutes", "journey"):
            system = getattr(self, name)
            if system is None:
                continue
            try:
                wider = system.with_new(products, most=NEWCOMERS)
            except ChowkError as error:  # they are still found by search
                _log.error("new products not taken in", system=name, problem=str(error))
            else:
                setattr(self, name, wider)
        # Where what stands in for them goes with something, they do too.
        for name in ("complements", "related"):
            goes = getattr(self, name)
            if goes is None or self.substitutes is None:
                continue
            new = [row["product_id"] for row in products if row["product_id"] not in goes.model_]
            if new:
                like = self.substitutes.recommend(new[:NEWCOMERS], 20)
                setattr(self, name, goes.with_new(dict(zip(new, like, strict=False))))

    def close(self) -> None:
        """Free what is open, now. Only for when no request can hold it any more."""
        self._closing()

    def _open(self, folder: Path, scratch: Path | None, opened: contextlib.ExitStack) -> None:
        for built in () if self.build is None else self.build.systems:
            if not built.folder:
                self.lacks[built.name] = built.lacks or "it was not built"
            elif not built.enabled:
                self.lacks[built.name] = "it is not switched on: its baseline is better"
            elif built.name in (
                "search",
                "related",
                "contact_risk",
                "language",
                "packaging",
                "complements",
                "journey",
                "substitutes",
                "moderation",
                "addresses",
            ):
                try:
                    self._system(built.name, folder / built.folder, scratch, opened)
                except (ChowkError, OSError) as error:
                    # One damaged model must not take the others down with it.
                    _log.error("system not loaded", system=built.name, problem=str(error))
                    self.lacks[built.name] = str(error)

    def _system(
        self, name: str, folder: Path, scratch: Path | None, opened: contextlib.ExitStack
    ) -> None:
        artifacts.verify(folder)
        if name == "search":
            from chowk.search import SearchEngine

            engine = SearchEngine.open(folder, scratch=scratch)
            opened.callback(engine.close)
            self.search = engine
        elif name in ("complements", "journey", "substitutes"):
            setattr(self, name, system_class(name).load(folder))
        elif name == "moderation":
            self.moderation = system_class(name).load(folder)  # type: ignore[assignment]
        elif name == "language":
            self.language = system_class(name).load(folder)  # type: ignore[assignment]
        elif name == "addresses":
            from chowk.delivery import AddressScorer

            self.addresses = AddressScorer.load(folder / "scorer")
        elif name == "packaging":
            packaging: Any = system_class(name).load(folder)
            products = _table(*self._products)
            if products is not None:
                self.parcels = Parcels(packaging.model_, products.sort_by("product_id"))
        elif name == "contact_risk":
            risk: Any = system_class(name).load(folder)
            self.risk = Risks(risk, self._secret)
        else:
            loaded: Any = system_class(name).load(folder)
            self.related = loaded


_SHOWN = ("products", "offers")


def _scratch(store: Path) -> Path | None:
    """Where working copies lie: beside the store's files, which they then share by hard links.

    None, for the temporary folder, when the store cannot be written. The engine locks each copy,
    and removes what killed processes left there.
    """
    folder = store / ".scratch"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _table(folder: Path, name: str, version: Any) -> pa.Table | None:
    if version is None:
        return None
    parts = []
    for file in version.files:
        path = folder / file.path
        if not path.is_file():
            raise StoreDamagedError(
                f"{path} is missing. Restore the store from a backup with 'chowk restore'."
            )
        parts.append(pq.read_table(path).select(_held(pq.read_schema(path), name)))
    return pa.concat_tables(parts, promote_options="default") if parts else None


def _held(found: pa.Schema, name: str) -> list[str]:
    return [column for column in schema.TABLES[name].names if column in found.names]
