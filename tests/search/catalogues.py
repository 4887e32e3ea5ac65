"""Random little catalogues, filters and queries, for laws that hold on all of them."""

from hypothesis import strategies as st

VOCABULARY = ["red", "silk", "saree", "sarees", "lamp", "साड़ी", "lampe", "x1", "the", "Crème"]
BRANDS = ["Acme", "Zen", "O'Neill & Co"]
CATEGORIES = ["Women > Sarees", "Women > Sarees > Silk", "Women", "Home>Lamps", "Womens"]
COLORS = ["red", "2024-01-01T00:00:00Z", "5", 'a b: "c"']
FACETS = ("brand", "category", "attributes.color", "attributes.screen size", "available")
EDGES = [5, 10, 20]

texts = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=5).map(" ".join)
products = st.fixed_dictionaries(
    {"product_id": st.integers(0, 60).map(lambda n: f"p{n}"), "title": texts},
    optional={
        "description": texts,
        "brand": st.sampled_from(BRANDS),
        "category": st.sampled_from(CATEGORIES),
        "price": st.sampled_from([0.0, 4.99, 5.0, 10.0, 19.9999, 20.0, 300.0]),
        "available": st.booleans(),
        "attributes": st.dictionaries(
            st.sampled_from(["color", "screen size"]), st.sampled_from(COLORS), min_size=1
        ),
    },
)


def catalogues(low: int = 1, high: int = 40):
    return st.lists(products, min_size=low, max_size=high, unique_by=lambda p: p["product_id"])


queries = st.one_of(st.just(""), st.lists(st.sampled_from(VOCABULARY), max_size=3).map(" ".join))


def _some(values):
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), max_size=3))


filters = st.fixed_dictionaries(
    {},
    optional={
        "brand": _some(BRANDS),
        "category": _some(["Women", "Women > Sarees", "Home > Lamps", "Women > Sarees > Silk"]),
        "attributes.color": _some(COLORS),
        "price": st.tuples(
            st.sampled_from([None, 0, 4.99, 10]), st.sampled_from([None, 5, 19.9999, 300.0])
        ),
        "available": st.booleans(),
    },
)
