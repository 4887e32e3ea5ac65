"""A small shop whose answers can be worked out by hand."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2024, 6, 30, 12, tzinfo=UTC)

PRODUCTS = [
    {
        "product_id": "s1",
        "title": "Red silk saree",
        "brand": "Meena",
        "category": "Women > Sarees",
        "price": 2500,
        "attributes": {"color": "red", "material": "silk"},
        "description": "Handwoven in Mysore, with a zari border.",
        "image": "s1.jpg",
        "created_at": NOW - timedelta(days=9),
    },
    {
        "product_id": "s2",
        "title": "Blue cotton sarees",
        "brand": "Meena",
        "category": "Women > Sarees",
        "price": 900,
        "attributes": {"color": "blue", "material": "cotton"},
        "created_at": NOW - timedelta(days=3),
    },
    {
        "product_id": "k1",
        "title": "Red kettle",
        "brand": "Agni",
        "category": "Home > Kitchen",
        "price": 1200,
        "attributes": {"color": "red"},
        "created_at": NOW - timedelta(days=1),
    },
    {
        "product_id": "h1",
        "title": "रेशमी साड़ी लाल",
        "brand": "मीना",
        "category": "Women > Sarees",
        "description": "A saree for weddings.",
    },
]


def event(number, kind, days, session, product_id=None, **more):
    return {
        "event_id": f"e{number}",
        "ts": NOW - timedelta(days=days),
        "session_id": session,
        "kind": kind,
        "product_id": product_id,
        **more,
    }


#: k1 sold 3 times lately and once long ago, s1 once; the fee and the refund are no sales.
EVENTS = [
    event(1, "search", 200, "a", query="Kettle ", query_id="q1"),
    event(2, "purchase", 199.9, "a", "k1"),
    event(3, "search", 10, "b", query="kettle", query_id="q2"),
    event(4, "purchase", 9.9, "b", "k1"),
    event(5, "purchase", 8, "c", "k1"),
    event(6, "purchase", 7, "d", "k1"),
    event(7, "search", 6, "e", query="silk saree", query_id="q3"),
    event(8, "purchase", 5.9, "e", "s1"),
    event(9, "purchase", 5.9, "e", "postage", fee=True),
    event(10, "refund", 1, "e", "s1"),
    event(11, "search", 1, "f", query="bargain", query_id="q4"),
    event(12, "purchase", 0, "g", "gone"),
]

OFFERS = [
    {"offer_id": "o1", "product_id": "s1", "region": "IN", "price": 2400, "delivery_hours": 72},
    {"offer_id": "o2", "product_id": "s1", "region": "IN/KA", "price": 2450, "seller": "Rao"},
    {
        "offer_id": "o3",
        "product_id": "s1",
        "region": "IN/KA",
        "price": 2450,
        "seller": "Iyer",
        "delivery_hours": 20,
    },
    {"offer_id": "o4", "product_id": "s1", "region": "IN/KA", "price": 1, "stock": 0},
]
