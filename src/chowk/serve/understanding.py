"""Understanding as a worker serves it: the store's own model, or the shipped one of a shop.

In go the models of a build; out come parses, searches in the catalogue's words, and the assistant.
Made when it is first asked for, and kept with the models.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chowk import logs
from chowk.errors import ChowkError

if TYPE_CHECKING:
    from chowk.language import LanguageTagger, Parse, Understander
    from chowk.language.answers import Answers
    from chowk.language.assistant import Assistant
    from chowk.language.onboarding import Onboarding
    from chowk.language.resolving import Catalogue, SearchRequest
    from chowk.search.rules import Effects

    from .models import Models

_log = logs.get(__name__)
#: Files of the owner's questions and answers, in the store's folder.
_ANSWERS = ("answers.csv", "answers.jsonl")
_LOCK = threading.Lock()
_KEPT: weakref.WeakKeyDictionary[Models, Understanding] = weakref.WeakKeyDictionary()
#: Products of one answer of the assistant.
_SHOWN = 10


class Understanding:
    """What a worker understands with.

    Attributes
    ----------
    understander, catalogue, tagger : see `chowk.language`; the tagger is the shipped one.
    own : whether the model is the store's own.
    """

    def __init__(self, understander: Understander, catalogue: Catalogue, *, own: bool) -> None:
        self.understander = understander
        self.catalogue = catalogue
        self.own = own
        self._read: tuple[tuple[Path, int], Answers, str] | None = None

    @cached_property
    def tagger(self) -> LanguageTagger:
        """The language of each word; opened when it is first asked for."""
        from chowk.language import LanguageTagger

        return LanguageTagger.load("shop")

    def parse(
        self, said: str | list[tuple[str, float]], n_best: int = 3
    ) -> tuple[Parse, SearchRequest]:
        """A parse of a text or of a recogniser's hypotheses, and what it asks to search for."""
        if isinstance(said, str):
            found = self.understander.parse(said, n_best=n_best)
        else:
            found = self.understander.parse_heard(said, n_best=n_best)
        return found, self.catalogue.resolve(found)

    def answers(self, folder: Path) -> tuple[Answers, str]:
        """The owner's questions and answers beside the store's tables, and what is wrong there.

        They are read from `answers.csv` or `answers.jsonl`, again when the file has changed.
        """
        from chowk.language.answers import Answers

        file = next((f for f in (folder / n for n in _ANSWERS) if f.is_file()), None)
        if file is None:
            return Answers(), ""
        stamp = (file, file.stat().st_mtime_ns)
        if self._read is None or self._read[0] != stamp:
            try:
                self._read = stamp, Answers.read(file), ""
            except (ChowkError, OSError) as error:
                _log.error("answers not readable", problem=str(error))
                self._read = stamp, Answers(), str(error)
        return self._read[1], self._read[2]

    def onboarding(self, folder: Path) -> Onboarding:
        """A fresh tour for a newcomer."""
        from chowk.language.onboarding import Onboarding

        # The shipped model knows yes from no; a store's own need not have these intents.
        return Onboarding(answers=self.answers(folder)[0])

    def assistant(self, models: Models, folder: Path, rules: Callable[[str], Effects]) -> Assistant:
        """A fresh conversation over the store's search, with the owner's answers.

        rules : what a merchandiser decided about a query; it holds here as in the search page.
        """
        from chowk.language.assistant import Assistant

        def search(request: SearchRequest) -> Sequence[Mapping[str, Any]]:
            return found_by(models, request, rules)

        return Assistant(
            self.understander,
            catalogue=self.catalogue,
            search=None if models.search is None else search,
            answers=self.answers(folder)[0],
        )


def understanding(models: Models) -> Understanding:
    """What these models understand with."""
    with _LOCK:
        found = _KEPT.get(models)
        if found is None:
            found = _KEPT[models] = _made(models)
        return found


def found_by(
    models: Models,
    request: SearchRequest,
    rules: Callable[[str], Effects],
    k: int = _SHOWN,
) -> list[Mapping[str, Any]]:
    """The products that a request finds, by the rules for its query."""
    assert models.search is not None
    found = models.search.search(
        request.query,
        filters=request.filters,
        k=k,
        sort=request.sort,
        rules=rules(request.query),
    )
    return [hit.product for hit in found.hits]


def _made(models: Models) -> Understanding:
    from chowk.language import Understander
    from chowk.language.resolving import Catalogue

    if models.language is not None:
        return Understanding(models.language.understander_, models.language.catalogue_, own=True)
    words = Catalogue(models.catalogue.words())
    return Understanding(Understander.load("shop"), words, own=False)
