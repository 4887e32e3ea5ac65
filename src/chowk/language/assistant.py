"""A shop assistant that keeps the thread: search, refine, compare, undo, and ask back when unsure.

In: what a customer says, as text or as a recogniser's list of hypotheses. Out: a reply in words and
as plain values. The assistant is a function of what was said so far: it does no search itself but
calls what it is given, so that a conversation can be replayed as a test. The owner's own questions
and answers come before its own words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from chowk.errors import InputError, parameter

from .answers import Answers
from .parsed import Parse
from .resolving import Catalogue, SearchRequest
from .understander import Understander

#: Finds products for a request: rows with `product_id`, `title`, `price` and more.
Search = Callable[[SearchRequest], Sequence[Mapping[str, Any]]]

_PLACES = {
    "first": 0, "1st": 0, "pehla": 0, "pehle": 0, "1": 0, "second": 1, "2nd": 1, "doosra": 1,
    "doosre": 1, "dusra": 1, "2": 1, "third": 2, "3rd": 2, "teesra": 2, "3": 2, "last": -1,
}  # fmt: skip


#: Intents that speak of the conversation, and not of goods or orders.
_OF_TALK = frozenset(
    "refine compare undo restart add_to_cart greet help yes no thanks".split()
)  # fmt: skip


class Context(msgspec.Struct, frozen=True):
    """What the assistant knows at a turn: the search, what it showed, what it asked."""

    request: SearchRequest | None = None
    shown: tuple[dict[str, Any], ...] = ()
    asked: str | None = None
    pending: tuple[str, str] | None = None


class Reply(msgspec.Struct, frozen=True):
    """What the assistant answers.

    Attributes
    ----------
    text : what it says.
    action : `show`, `compare`, `add_to_cart`, `answer`, `ask`, `hand_over`, `talk`.
    intent, confidence : what was understood.
    request : the search that stands after this turn.
    products : what is shown, compared or added.
    ask : what it asks back, when it was unsure: the intents or slots to choose from.
    """

    text: str
    action: str
    intent: str
    confidence: float
    request: SearchRequest | None = None
    products: tuple[dict[str, Any], ...] = ()
    ask: tuple[str, ...] = ()


class Assistant:
    """One customer's conversation.

    Parameters
    ----------
    understander : the model; the shipped one of a shop when None.
    catalogue : the store's words, for filters.
    search : finds products for a request.
    answers : the owner's questions and answers.
    usual : hears what is said of the conversation itself (undo, compare, help, yes …) where the
        model was taught no such intent; the shipped one when None.
    sure : confidence from which an intent is acted on; below it the assistant asks back.
    today : gives the day, for requests that name one.

    Examples
    --------
    >>> shop = [
    ...     {"product_id": "1", "title": "Red shoes", "attributes": {"colour": "Red"}},
    ...     {"product_id": "2", "title": "Blue shoes", "attributes": {"colour": "Blue"}},
    ... ]
    >>> def search(request):
    ...     wanted = request.filters.get("attributes.colour")
    ...     return [p for p in shop if not wanted or p["attributes"]["colour"] in wanted]
    >>> assistant = Assistant(catalogue=Catalogue(shop), search=search)
    >>> [p["product_id"] for p in assistant.say("show me shoes").products]
    ['1', '2']
    >>> [p["product_id"] for p in assistant.say("only blue").products]
    ['2']
    >>> [p["product_id"] for p in assistant.say("undo").products]
    ['1', '2']
    """

    def __init__(
        self,
        understander: Understander | None = None,
        *,
        catalogue: Catalogue | None = None,
        search: Search | None = None,
        answers: Answers | None = None,
        usual: Understander | None = None,
        sure: float = 0.5,
        today: Callable[[], dt.date] | None = None,
    ) -> None:
        if not isinstance(sure, int | float) or not 0 <= sure <= 1:
            raise parameter("Assistant", "sure", "a number in [0, 1]", sure)
        self.understander = _shipped() if understander is None else understander
        #: Intents of a conversation that the model does not know, and the model that does.
        self._untaught = _OF_TALK - set(getattr(self.understander, "intents_", _OF_TALK))
        self._usual = (usual or _shipped()) if self._untaught else self.understander
        self.catalogue = Catalogue([]) if catalogue is None else catalogue
        self.search = search
        self.answers = answers or Answers()
        self.sure = sure
        self.today = today
        self.turns: list[Context] = [Context()]

    @property
    def context(self) -> Context:
        """What stands now."""
        return self.turns[-1]

    def say(self, said: str | Sequence[tuple[str, float]]) -> Reply:
        """The reply to a text, or to a recogniser's hypotheses as (text, confidence)."""
        parse = self._heard(said)
        text = parse.text.strip()
        if not text:
            return self._ask(parse, "I did not hear anything. What are you looking for?", ())
        pending = self.context.pending
        if pending is not None and parse.intent in ("yes", "no") and parse.confidence >= self.sure:
            self.turns[-1] = msgspec.structs.replace(self.context, pending=None, asked=None)
            if parse.intent == "yes":
                intent, earlier = pending
                again = self.understander.parse(earlier)
                return self._act(intent, again)
            return self._ask(parse, "All right. Tell me in other words?", ())
        own = self.answers.find(text)
        if own is not None:
            return Reply(own, "answer", parse.intent, parse.confidence, self.context.request)
        found = self.catalogue.resolve(parse)
        names_goods = bool(set(found.filters) - {"price"})
        if not parse.in_scope and not names_goods:
            return self._ask(
                parse, "I can help with this shop: finding things, orders and returns.", ()
            )
        if parse.confidence < self.sure and not names_goods:
            return self._unsure(parse)
        intent = parse.intent
        if names_goods and not parse.in_scope:
            intent = "refine" if self.context.request is not None else "search"
        return self._act(intent, parse)

    def replay(self, conversation: Sequence[Mapping[str, Any]]) -> list[str]:
        """A conversation as a test: what differs from what is expected, a sentence each.

        Parameters
        ----------
        conversation : turns with `say` and any of `intent`, `action`, `text` (a part of it),
            `query`, `filters` and `products` (ids, in order).
        """
        wrong = []
        for number, turn in enumerate(conversation, 1):
            if "say" not in turn:
                raise InputError(f"Turn {number} of replay has no 'say'.")
            reply = self.say(turn["say"])
            got = {
                "intent": reply.intent,
                "action": reply.action,
                "text": reply.text,
                "query": None if reply.request is None else reply.request.query,
                "filters": None if reply.request is None else reply.request.filters,
                "products": [product.get("product_id") for product in reply.products],
            }
            for name, value in got.items():
                if name not in turn:
                    continue
                want = turn[name]
                fits = want in (value or "") if name == "text" else want == value
                if not fits:
                    wrong.append(
                        f"Turn {number} ({turn['say']!r}): {name} is {value!r}, not {want!r}."
                    )
        return wrong

    def _heard(self, said: str | Sequence[tuple[str, float]]) -> Parse:
        """What the model understands, or the usual one of what the model was never taught.

        A store labels what is asked for, and seldom `undo` or `compare`: its own model then takes
        them for the likeliest of what it knows.
        """
        own = _parsed(self.understander, said)
        if not self._untaught:
            return own
        usual = _parsed(self._usual, said)
        if usual.intent not in self._untaught or not usual.in_scope or usual.confidence < self.sure:
            return own
        # To a model that knows no `refine`, "only blue" is a search, and "under 1000" is anything.
        filters = own.intent == "search" or self.catalogue.resolve(usual).filters
        narrows = usual.intent == "refine" and bool(filters)
        surer = usual.confidence >= own.confidence or not own.in_scope
        return usual if narrows or surer else own

    def _act(self, intent: str, parse: Parse) -> Reply:
        acts: dict[str, Callable[[Parse], Reply]] = {
            "search": self._search, "refine": self._refine, "compare": self._compare,
            "undo": self._undo, "restart": self._restart, "add_to_cart": self._add,
        }  # fmt: skip
        if intent in acts:
            return acts[intent](parse)
        if intent in ("track_order", "return_item", "question"):
            words = {
                "track_order": "I will pass you to your orders.",
                "return_item": "I will pass you to returns.",
                "question": "I do not know that. I will pass your question on.",
            }
            return self._talk(parse, words[intent], "hand_over", intent)
        words = {
            "greet": "Hello! What are you looking for?",
            "help": "Say what you want, such as 'red shoes under 2000'. Then 'only blue', "
            "'compare the first two', 'undo' or 'start over'.",
            "thanks": "You are welcome.",
            "yes": "Good. What are you looking for?",
            "no": "All right. What are you looking for?",
        }
        return self._talk(parse, words.get(intent, f"Understood: {intent}."), "talk", intent)

    def _search(self, parse: Parse) -> Reply:
        now = self._resolved(parse)
        # "under 2000" names no goods: after a search it can only narrow that one.
        goods = now.query or set(now.filters) - {"price"}
        if self.context.request is not None and not goods and (now.filters or now.sort):
            return self._refine(parse)
        return self._show(parse, now, "search")

    def _refine(self, parse: Parse) -> Reply:
        before = self.context.request
        if before is None:
            return self._search(parse)
        now = self._resolved(parse)
        words = [word for word in now.query.split() if word not in before.query.split()]
        # A new value of a filter replaces the old one; what is not spoken of stays.
        request = SearchRequest(
            query=" ".join([*before.query.split(), *words]),
            filters={**before.filters, **now.filters},
            sort=now.sort or before.sort,
            measures=now.measures or before.measures,
            day=now.day or before.day,
            reasons=(*before.reasons, *now.reasons),
        )
        return self._show(parse, request, "refine")

    def _undo(self, parse: Parse) -> Reply:
        if len(self.turns) < 2:
            return self._talk(parse, "There is nothing to undo.", "talk", "undo")
        self.turns.pop()
        now = self.context
        text = "Back to what you saw before." if now.request else "Back to the beginning."
        return Reply(text, "show", "undo", parse.confidence, now.request, now.shown)

    def _restart(self, parse: Parse) -> Reply:
        self.turns.append(Context())
        return self._talk(parse, "We start over. What are you looking for?", "talk", "restart")

    def _compare(self, parse: Parse) -> Reply:
        shown = self.context.shown
        if len(shown) < 2:
            return self._ask(parse, "There are no two products to compare yet. Search first?", ())
        chosen = self._chosen(parse) or shown[:2]
        if len(chosen) < 2:
            chosen = tuple(dict(one) for one in (chosen[0], *(s for s in shown if s != chosen[0])))[
                :2
            ]
        return Reply(
            _differences(chosen), "compare", "compare", parse.confidence,
            self.context.request, tuple(chosen),
        )  # fmt: skip

    def _add(self, parse: Parse) -> Reply:
        shown = self.context.shown
        chosen = self._chosen(parse) or (shown if len(shown) == 1 else ())
        if not chosen:
            titles = tuple(str(product.get("title", "")) for product in shown[:3])
            text = "Which one? " + "; ".join(titles) if titles else "Which product? Search first."
            return self._ask(parse, text, titles)
        name = chosen[0].get("title", chosen[0].get("product_id"))
        return Reply(
            f"Added: {name}.", "add_to_cart", "add_to_cart", parse.confidence,
            self.context.request, chosen[:1],
        )  # fmt: skip

    def _show(self, parse: Parse, request: SearchRequest, intent: str) -> Reply:
        shown = tuple(dict(one) for one in self.search(request)) if self.search else ()
        self.turns.append(Context(request, shown))
        if self.search is None:
            text = f"Searching for {request.query or 'everything'}."
        elif shown:
            titles = "; ".join(str(product.get("title", "")) for product in shown[:3])
            text = f"{len(shown)} found: {titles}."
        else:
            text = "Nothing fits all of that. Say 'undo' to go back, or ask for less."
        return Reply(text, "show", intent, parse.confidence, request, shown)

    def _unsure(self, parse: Parse) -> Reply:
        likely = [name for name, _ in parse.intents[:2]]
        self.turns[-1] = msgspec.structs.replace(self.context, pending=(likely[0], parse.text))
        meant = _SPOKEN.get(likely[0], likely[0].replace("_", " "))
        return self._ask(parse, f"I am not sure. Do you want to {meant}?", tuple(likely))

    def _ask(self, parse: Parse, text: str, choices: tuple[str, ...]) -> Reply:
        return Reply(text, "ask", parse.intent, parse.confidence, self.context.request, (), choices)

    def _talk(self, parse: Parse, text: str, action: str, intent: str) -> Reply:
        return Reply(text, action, intent, parse.confidence, self.context.request)

    def _resolved(self, parse: Parse) -> SearchRequest:
        return self.catalogue.resolve(parse, today=None if self.today is None else self.today())

    def _chosen(self, parse: Parse) -> tuple[dict[str, Any], ...]:
        """The shown products that the positions in a parse point at."""
        found = []
        words = parse.text.casefold().replace("-", " ").split()
        for word in words:
            place = _PLACES.get(word.strip(".,!?"))
            shown = self.context.shown
            if place is not None and -len(shown) <= place < len(shown):
                found.append(shown[place])
        return tuple(found)


_SPOKEN = {
    "search": "search for that", "refine": "narrow what you see", "compare": "compare products",
    "undo": "go back", "restart": "start over", "add_to_cart": "add it to the cart",
    "track_order": "follow an order", "return_item": "return something",
    "question": "ask about the shop",
}  # fmt: skip


@cache
def _shipped() -> Understander:
    return Understander.load("shop")


def _parsed(model: Understander, said: str | Sequence[tuple[str, float]]) -> Parse:
    return model.parse(said) if isinstance(said, str) else model.parse_heard(said)


def _differences(products: Sequence[Mapping[str, Any]]) -> str:
    """What two products differ in, in words."""
    one, two = products[0], products[1]
    names = [n for n in ("price", "brand", "category") if one.get(n) != two.get(n)]
    parts = [f"{name} {one.get(name, 'unknown')} and {two.get(name, 'unknown')}" for name in names]
    first, second = dict(one.get("attributes") or {}), dict(two.get("attributes") or {})
    parts += [
        f"{name} {first.get(name, 'unknown')} and {second.get(name, 'unknown')}"
        for name in sorted(set(first) | set(second))
        if first.get(name) != second.get(name)
    ]
    titles = (
        f"{one.get('title', one.get('product_id'))} and {two.get('title', two.get('product_id'))}"
    )
    return f"{titles} differ in {'; '.join(parts)}." if parts else f"{titles} do not differ."
