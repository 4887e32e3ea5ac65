"""A small store whose truth is known: mugs go with saucers, pens with ink; written by hand here."""

import random
from datetime import UTC, datetime, timedelta

import chowk

START = datetime(2024, 6, 1, tzinfo=UTC)
#: product → what often goes with it in the same order.
PAIRS = {"mug": "saucer", "pen": "ink", "lamp": "bulb", "tent": "peg"}
COLOURS = ("red", "blue", "green", "black", "white")


def small_store(path, *, orders=600, days=60, seed=1):
    """A store of 40 products and `orders` orders; each main product comes with its partner."""
    draw = random.Random(seed)
    products = [
        {
            "product_id": f"{name}-{colour}",
            "title": f"{colour.title()} {name}",
            "brand": draw.choice(("Asha", "Nord", "Sol")),
            "category": f"Home > {name.title()}s",
            "price": round(draw.uniform(2, 40), 2),
            "currency": "EUR",
            "attributes": {"color": colour},
            "available": True,
        }
        for pair in PAIRS.items()
        for name in pair
        for colour in COLOURS
    ]
    events = []

    def event(kind, order, ts, product=None, **more):
        events.append(
            {
                "event_id": f"e{len(events):06d}",
                "ts": ts,
                "session_id": order,
                "kind": kind,
                "customer_id": more.pop("customer", None),
                "product_id": product,
                **more,
            }
        )

    prices = {p["product_id"]: p["price"] for p in products}
    for n in range(orders):
        order, ts = f"o{n:04d}", START + timedelta(days=days * n / orders, minutes=draw.random())
        customer = f"c{draw.randrange(80)}" if draw.random() < 0.8 else None
        main = draw.choice(list(PAIRS))
        colour = draw.choice(COLOURS)
        basket = [f"{main}-{colour}"]
        if draw.random() < 0.7:
            basket.append(f"{PAIRS[main]}-{colour}")
        if draw.random() < 0.3:
            basket.append(draw.choice(products)["product_id"])
        event("search", order, ts, query=f"{colour} {main}", query_id=f"q{n}", customer=customer)
        for place, product in enumerate(dict.fromkeys(basket), start=1):
            event(
                "view_item_list",
                order,
                ts + timedelta(seconds=5),
                product,
                query_id=f"q{n}",
                position=place,
                customer=customer,
            )
            event(
                "view_item",
                order,
                ts + timedelta(seconds=20 + place),
                product,
                query_id=f"q{n}",
                customer=customer,
            )
            event(
                "purchase",
                order,
                ts + timedelta(seconds=90 + place),
                product,
                order_id=order,
                quantity=1.0,
                price=prices[product],
                currency="EUR",
                region="IN/Kerala",
                customer=customer,
                query_id=f"q{n}",
            )
    store = chowk.create(path)
    with store.transaction() as change:
        change.write("products", products)
        change.write("events", events)
    return store


#: Households of three: the first was infectious on days 3 to 15, the others half the time later.
HOUSEHOLDS = 12


def with_contacts(store, *, seed=1):
    """The store, with who met whom and who was tested."""
    draw = random.Random(seed)
    with store.transaction() as change:
        change.write("contacts", meetings(draw))
        change.write("infection_tests", results(draw))
    return store


def with_utterances(store):
    """The store, with what its customers say: what they look for, and where their order is."""
    rows = [
        {"text": f"{verb} {colour} {name}", "locale": "en", "intent": "search",
         "slots": ["O"] * len(verb.split()) + ["B-colour", "B-item"]}
        for verb in ("show me", "find", "i want a", "buy", "get me")
        for colour in COLOURS
        for name in PAIRS
    ]  # fmt: skip
    rows += [
        {"text": f"{ask} {name}", "locale": "en", "intent": "track"}
        for ask in ("where is my", "track my", "when comes the")
        for name in ("order", "parcel", "mug", "pen", "lamp", "tent")
    ]
    store.write("utterances", rows)
    return store


def meetings(draw):
    """Those of a household meet daily; others now and then."""
    rows = [
        {"person_a": f"h{h}a", "person_b": f"h{h}{other}", "day": day, "count": 6}
        for h in range(HOUSEHOLDS)
        for other in "bc"
        for day in range(20)
    ]
    for day in range(20):
        a, b = draw.sample(range(HOUSEHOLDS), 2)
        rows.append({"person_a": f"h{a}b", "person_b": f"h{b}c", "day": day, "count": 1})
    return rows


def results(draw):
    """Every other household is infected, and everybody is tested on three days."""
    return [
        {"person": f"h{h}{one}", "day": day, "positive": h % 2 == 0 and day >= (6, 12)[one > "a"]}
        for h in range(HOUSEHOLDS)
        for one in "abc"
        for day in (7, 10, draw.choice((14, 17, 19)))
    ]


def with_addresses(store, *, count=400, seed=3):
    """Adds `count` addresses: those without a house number are not found, the others are."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        found = draw.random() < 0.7
        house = f"Flat {number}, {draw.choice(('Sai Krupa', 'Gokul', 'Lotus'))} Apartments, "
        text = f"{house if found else ''}MG Road, Baner, Pune 411045"
        rows.append({"address_id": f"a{number}", "text": text, "delivered": found})
    store.write("addresses", rows)
    return store


def with_messages(store, *, days=60):
    """The store, with a channel whose moderators allow banter and deny attacks on groups."""
    said = {
        "allow": ("you absolute clown", "get rekt you idiot", "nice goal", "see you at nine"),
        "deny": ("all muslims should die", "gays are vermin", "deport every immigrant"),
    }
    rows = [
        {
            "message_id": f"m{day}-{label}-{number}",
            "ts": START + timedelta(days=day, minutes=number),
            "channel_id": "gaming",
            "author_id": f"a{number}",
            "text": f"{text} {('lol', 'today', 'again')[day % 3]}",
            "label": label,
        }
        for day in range(days)
        for label, texts in said.items()
        for number, text in enumerate(texts)
    ]
    store.write("messages", rows)
    return store


def with_reviews(store, *, days=60):
    """The store, with a review of each class a day, and the classes that a moderator gave it."""
    said = {
        "product": "The zip is flimsy and the fabric faded",
        "delivery": "The courier was quick and the parcel came early",
        "safety": "The plug sparked and caught fire",
        "spam": "Earn money from home, visit www.win.xyz",
    }
    rows = [
        {
            "review_id": f"r{day:02d}-{label}",
            "product_id": "mug-red",
            "customer_id": f"c{day}",
            "ts": START + timedelta(days=day, hours=9),
            "rating": None if label == "spam" else 2.0,
            "text": f"{text}{('', '!', ' today')[day % 3]}",
            "label": label,
        }
        for day in range(days)
        for label, text in said.items()
    ]
    store.write("reviews", rows)
    return store
