"""POST /1/indexes/{name}/queries and /{name}/query: the InstantSearch shape, answered here.

A storefront built on InstantSearch works when its host and key are changed; the key may stand in
`X-Algolia-API-Key`. Read are query, page, hitsPerPage, offset, length, facets, facetFilters,
numericFilters on price and on attributes of numbers, filters (conditions joined by AND,
alternatives of one facet by OR), distinct, maxValuesPerFacet and getRankingInfo; the index's name
may end in `_price_asc`, `_price_desc`, `_newest` or `_popular`, as sorted replicas are named there.
`chips` in an answer ask which category an ambiguous query is for.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, post
from litestar.params import FromPath

from chowk.errors import ParameterError
from chowk.search.ranking import SORTS
from chowk.serve.bodies import document
from chowk.serve.keys import needs

from .search import no_system
from .search_rules import effects_of

MOST_REQUESTS = 20
#: A longer text of filters is refused: cut, it would let more pass.
_LONGEST = 4096
_LISTS = ("facets", "facetFilters", "numericFilters")
_NAME, _OF = r"\s*(price|attributes\.[^<>=:]*[^<>=:\s])\s*", r"(-?\d+(?:\.\d+)?)"
_NUMERIC = re.compile(rf"{_NAME}(<=|>=|<|>|=)\s*{_OF}\s*")
_RANGE = re.compile(rf"{_NAME}:\s*{_OF}\s+TO\s+{_OF}\s*")
#: A condition of `filters`: a comparison, or a name and a value that may stand in quotes.
_QUOTED = re.compile(r"""\s*([\w.]+)\s*:\s*(?:"([^"]*)"|'([^']*)'|(\S.*?))\s*""")
_AND, _OR = (re.compile(rf"\s+{word}\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)") for word in ("AND", "OR"))


class Refusal(Exception):
    """What the protocol answers with 400."""


def parameters(asked: Any) -> dict[str, Any]:
    """One request's parameters, from fields or from the `params` text.

    >>> parameters({"params": "query=lamp&facets=%5B%22brand%22%5D&page=1"})
    {'query': 'lamp', 'facets': ['brand'], 'page': '1'}
    """
    if not isinstance(asked, dict):
        raise Refusal("Each request must be an object.")
    given = dict(asked)
    text = given.pop("params", None)
    if isinstance(text, str):
        given.update(parse_qsl(text, keep_blank_values=True))
    elif isinstance(text, dict):
        given.update(text)
    for name in _LISTS:
        if isinstance(given.get(name), str):
            try:
                given[name] = msgspec.json.decode(given[name])
            except msgspec.DecodeError:
                given[name] = [part for part in given[name].split(",") if part]
    return given


def conditions(text: str) -> tuple[list[Any], list[str]]:
    """The `filters` text as facetFilters and numericFilters.

    >>> conditions('brand:"A B" AND (category:X OR category:Y) AND price >= 5')
    ([['brand:A B'], ['category:X', 'category:Y']], ['price >= 5'])
    """
    groups: list[Any] = []
    numeric: list[str] = []
    for part in _AND.split(text.strip()) if text.strip() else []:
        inside = part.strip()
        if inside.startswith("(") and inside.endswith(")"):
            inside = inside[1:-1]
        either = []
        for one in _OR.split(inside):
            if _NUMERIC.fullmatch(one) or _RANGE.fullmatch(one):
                numeric.append(one.strip())
                continue
            named = _QUOTED.fullmatch(one)
            if named is None or set("()") & set(named[4] or ""):
                raise Refusal(f"filters: {one.strip()[:80]!r} is no 'name:value' or comparison.")
            value = next(v for v in named.groups()[1:] if v is not None)
            either.append(f"{named[1]}:{value}")
        if either and len(either) < len(_OR.split(inside)):
            raise Refusal("filters: alternatives (OR) must be of one facet.")
        if not either and len(_OR.split(inside)) > 1:
            raise Refusal("filters: comparisons are joined by AND; a range is 'price:5 TO 9'.")
        if either:
            groups.append(either)
    return groups, numeric


def filters_of(given: dict[str, Any]) -> dict[str, Any]:
    """The engine's filters from facetFilters, numericFilters and filters.

    >>> filters_of({"facetFilters": [["brand:A", "brand:B"], "category:Home > Lamps"],
    ...             "numericFilters": ["price>=5", "price<=9"]})
    {'brand': ['A', 'B'], 'category': ['Home > Lamps'], 'price': {'min': 5.0, 'max': 9.0}}
    """
    found: dict[str, Any] = {}
    text = str(given.get("filters") or "")
    if len(text) > _LONGEST:
        raise Refusal(f"filters must be at most {_LONGEST} characters long, got {len(text)}.")
    more, compared = conditions(text)
    wanted = given.get("facetFilters") or []
    for group in [*(wanted if isinstance(wanted, list) else [wanted]), *more]:
        names, values = set(), []
        for one in group if isinstance(group, list) else [group]:
            name, colon, value = str(one).partition(":")
            if not colon or value.startswith("-"):
                raise Refusal(f"facetFilters: {str(one)[:80]!r} is no 'name:value'.")
            if name == "available" and value not in ("true", "false"):
                raise Refusal(f"facetFilters: available is true or false, got {value[:40]!r}.")
            names.add(name)
            values.append(value)
        if len(names) > 1:
            raise Refusal("facetFilters: one group of alternatives must be of one facet.")
        for name in names:
            found[name] = _both(name, found[name], values) if name in found else values
    if "available" in found:
        wanted_too = set(found.pop("available"))
        # Neither holds for no product, as no value of a brand does.
        found |= {"brand": []} if not wanted_too else {}
        found["available"] = "any" if len(wanted_too) != 1 else wanted_too == {"true"}
    numeric = given.get("numericFilters") or []
    for one in [*(numeric if isinstance(numeric, list) else [numeric]), *compared]:
        for part in one if isinstance(one, list) else [one]:
            match, between = _NUMERIC.fullmatch(str(part)), _RANGE.fullmatch(str(part))
            if between:
                _narrow(found, between[1], float(between[2]), float(between[3]))
            elif match:
                edge, sign = float(match[3]), match[2]
                low = edge + (1e-4 if sign == ">" else 0.0) if sign in (">", ">=", "=") else None
                high = edge - (1e-4 if sign == "<" else 0.0) if sign in ("<", "<=", "=") else None
                _narrow(found, match[1], low, high)
            else:
                said = str(part)[:80]
                raise Refusal(
                    f"numericFilters: {said!r} is no comparison of price or attributes.NAME."
                )
    return found


def _both(name: str, held: list[str], more: list[str]) -> list[str]:
    """What two groups of alternatives leave of each other; of categories the deeper one.

    >>> _both("category", ["Home", "Garden"], ["Home > Lamps"]), _both("brand", ["A"], ["B"])
    (['Home > Lamps'], [])
    """
    if name != "category":
        return [value for value in held if value in more]
    pairs = [(a, b) for a in held for b in more]
    kept = [b for a, b in pairs if f"{b} > ".startswith(f"{a} > ")]
    return list(dict.fromkeys(kept + [a for a, b in pairs if a.startswith(f"{b} > ")]))


def _narrow(found: dict[str, Any], name: str, low: float | None, high: float | None) -> None:
    """All comparisons of one name hold together."""
    limits = found.setdefault(name, {})
    if not isinstance(limits, dict):
        raise Refusal(f"numericFilters: {name} is filtered by its values too.")
    if low is not None:
        limits["min"] = max(low, limits.get("min", low))
    if high is not None:
        limits["max"] = min(high, limits.get("max", high))


def _whole(given: dict[str, Any], name: str, otherwise: int, high: int) -> int:
    value = given.get(name, otherwise)
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Refusal(f"{name} must be a whole number, got {str(value)[:40]!r}.") from None
    if not 0 <= number <= high:
        raise Refusal(f"{name} must lie between 0 and {high}, got {number}.")
    return number


def _answered(request: Request[Any, Any, Any], asked: Any, index: str) -> dict[str, Any]:
    given = parameters(asked)
    name = str(given.get("indexName", index))
    serving = request.app.state.serving
    query = str(given.get("query") or "")[:512]
    size = _whole(given, "hitsPerPage", 20, 1000)
    page = _whole(given, "page", 0, 10_000)
    offset = _whole(given, "offset", page * size, 10_000) if "offset" in given else page * size
    if "length" in given:
        size = _whole(given, "length", size, 1000)
    if offset > 10_000:
        raise Refusal("Pages begin no deeper than hit 10000.")
    facets = given.get("facets") or []
    if not isinstance(facets, list):
        raise Refusal(f"facets must be a list of names, got {str(facets)[:40]!r}.")
    names = ["brand", "category", "price", "available"] if "*" in facets else list(facets)
    region = given.get("region")
    if region is not None and not isinstance(region, str):
        raise Refusal(f"region must be a text such as 'IN/KA', got {str(region)[:40]!r}.")
    sort = next((sort for sort in SORTS if name.endswith(f"_{sort}")), None)
    results = serving.models.search.search(
        query,
        region=region,
        filters=filters_of(given),
        facets=[str(one) for one in names],
        k=max(1, size),
        offset=offset,
        sort=sort,
        rules=effects_of(request, query, region),
        grouped=given.get("distinct") in (True, "true", 1, "1"),
        facet_values=min(1000, max(1, _whole(given, "maxValuesPerFacet", 100, 1000))),
    )
    query_id, token = serving.attribution.make("search")
    hits = []
    for hit in results.hits[:size] if size else []:
        shown = {**hit.product, "objectID": hit.product_id, "_reasons": hit.reasons}
        marked = {"value": hit.product["title"], "matchLevel": "none", "matchedWords": []}
        shown["_highlightResult"] = {"title": marked}
        if given.get("getRankingInfo") in (True, "true", 1, "1"):
            shown["_rankingInfo"] = {"userScore": hit.score}
        hits.append(shown)
    return {
        "hits": hits,
        "nbHits": results.total,
        "page": page,
        "nbPages": -(-results.total // size) if size else 0,
        "hitsPerPage": size,
        "facets": results.facets,
        "chips": results.chips,
        "exhaustiveNbHits": True,
        "exhaustiveFacetsCount": True,
        "processingTimeMS": int(results.took_ms),
        "query": query,
        "params": asked.get("params", "") if isinstance(asked.get("params"), str) else "",
        "index": name,
        "queryID": query_id,
        "attributionToken": token,
    }


async def _all(request: Request[Any, Any, Any], asked: list[Any], index: str) -> list[Any]:
    models = request.app.state.serving.models
    if models.search is None:
        raise no_system("search", models.lacks.get("search"))
    try:
        return await run_sync(lambda: [_answered(request, one, index) for one in asked])
    except ParameterError as error:  # in the words that the protocol's clients show
        raise Refusal(str(error)) from None


def _refused(why: str) -> Response[Any]:
    return Response({"message": why, "status": 400}, status_code=400)


@post(
    "/1/indexes/{index:str}/queries",
    status_code=200,
    opt=needs("shop", "shop.use"),
    summary="Several searches in InstantSearch's shape",
    tags=["search"],
)
async def queries(request: Request[Any, Any, Any], index: FromPath[str]) -> Response[Any]:
    """`{"requests": [{"indexName", "params"}]}` gives `{"results": […]}`."""
    body = await document(request)
    asked = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_REQUESTS:
        return _refused(f"The body must have 'requests', a list of 1 to {MOST_REQUESTS}.")
    try:
        return Response({"results": await _all(request, asked, index)})
    except Refusal as error:
        return _refused(str(error))


@post(
    "/1/indexes/{index:str}/query",
    status_code=200,
    opt=needs("shop", "shop.use"),
    summary="One search in InstantSearch's shape",
    tags=["search"],
)
async def query(request: Request[Any, Any, Any], index: FromPath[str]) -> Response[Any]:
    """`{"params": "query=…"}`, or its fields."""
    body = await document(request)
    try:
        return Response((await _all(request, [body], index))[0])
    except Refusal as error:
        return _refused(str(error))
