"""Understanding as a worker serves it: the store's own model, or the shipped one of a shop.

In go the models of a build; out come parses, searches in the catalogue's words, and the assistant.
Made when it is first asked for, and kept with the models.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chowk.language import Parse, Understander
    from chowk.language.assistant import Assistant
    from chowk.language.resolving import Catalogue, SearchRequest

    from .models import Models

_LOCK = threading.Lock()
_KEPT: weakref.WeakKeyDictionary[Models, Understanding] = weakref.WeakKeyDictionary()
#: Products of one answer of the assistant.
_SHOWN = 10


class Understanding:
    """What a worker understands with.

    Attributes
    ----------
    understander, catalogue : see `chowk.language`.
    own : whether the model is the store's own.
    """

    def __init__(self, understander: Understander, catalogue: Catalogue, *, own: bool) -> None:
        self.understander = understander
        self.catalogue = catalogue
        self.own = own

    def parse(self, text: str, n_best: int = 3) -> tuple[Parse, SearchRequest]:
        """A parse, and what it asks to search for."""
        found = self.understander.parse(text, n_best=n_best)
        return found, self.catalogue.resolve(found)

    def assistant(self, models: Models) -> Assistant:
        """A fresh conversation over the store's search."""
        from chowk.language.assistant import Assistant

        def search(request: SearchRequest) -> Sequence[Mapping[str, Any]]:
            return found_by(models, request)

        return Assistant(
            self.understander,
            catalogue=self.catalogue,
            search=None if models.search is None else search,
        )


def understanding(models: Models) -> Understanding:
    """What these models understand with."""
    with _LOCK:
        found = _KEPT.get(models)
        if found is None:
            found = _KEPT[models] = _made(models)
        return found


def found_by(models: Models, request: SearchRequest, k: int = _SHOWN) -> list[Mapping[str, Any]]:
    """The products that a request finds."""
    assert models.search is not None
    sort = request.sort
    hits = models.search.search(request.query, filters=request.filters, k=k, sort=sort).hits
    return [hit.product for hit in hits]


def _made(models: Models) -> Understanding:
    from chowk.language import Understander
    from chowk.language.resolving import Catalogue

    if models.language is not None:
        return Understanding(models.language.understander_, models.language.catalogue_, own=True)
    words = Catalogue(models.catalogue.words())
    return Understanding(Understander.load("shop"), words, own=False)
