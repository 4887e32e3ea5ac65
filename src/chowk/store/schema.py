"""What a store's data is: every table and column, declared once.

Validation, the documentation of the tables, the sample store and the engines' types all derive
from the declarations here. A column has a kind (its type), a sentence, and its rules; a table has
columns, a unique key (or none: then identical rows are kept and counted), and the time column by
which it is cut and laid out by day.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .columns import ARROW, Column, Kind, Table
from .columns import declare as _c

__all__ = ["ARROW", "EVENT_KINDS", "FORMAT", "TABLES", "Column", "Kind", "Table"]

#: The version of the store's format that this code writes.
FORMAT = 1

#: The kinds of events that Chowk itself reads (GA4's names). Other names are kept and counted.
EVENT_KINDS = (
    "view_item_list",
    "select_item",
    "view_item",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "add_to_wishlist",
    "begin_checkout",
    "purchase",
    "refund",
)

_OWNED = (
    Table(
        "products",
        "What the store sells; one row a variant.",
        (
            _c("product_id*", "id", "The store's own id."),
            _c("title*", "text", "What a shopper reads first."),
            _c("description", "text", "Plain text; HTML is stripped at import."),
            _c("brand", "text", "Brand or maker."),
            _c("category", "text", "Path from the root, parts joined by ' > '."),
            _c("price", "money", "Price of one unit, in `currency`.", low=0),
            _c("currency", "text", "ISO 4217 code."),
            _c("image", "text", "Path or URL of the main picture."),
            _c("attributes", "map", "Further facts, name to value (colour, size, material …)."),
            _c("group_id", "id", "Shared by the variants of one product."),
            _c("available", "bool", "False when it cannot be bought now."),
            _c("created_at", "time", "When it entered the catalogue."),
            _c("length_cm", "float", "Longest side, centimetres.", low=0),
            _c("width_cm", "float", "Width, centimetres.", low=0),
            _c("height_cm", "float", "Height, centimetres.", low=0),
            _c("weight_g", "float", "Weight, grams.", low=0),
            _c("fragile", "bool", "Breaks when it falls."),
            _c("liquid", "bool", "Holds a liquid."),
            _c("hazardous", "bool", "Dangerous goods: batteries, aerosols, solvents."),
            _c("this_side_up", "bool", "Must travel upright: the height stays the height."),
        ),
        key=("product_id",),
    ),
    Table(
        "offers",
        "Who sells a product where, at what price, and how soon it arrives.",
        (
            _c("offer_id*", "id", "The offer's id."),
            _c("product_id*", "id", "The product on offer."),
            _c("region*", "text", "Where the offer holds: country, 'country/state' or finer."),
            _c("seller", "text", "Who sells."),
            _c("condition", "text", "new, used, refurbished."),
            _c("price", "money", "Price in the store's currency.", low=0),
            _c("stock", "int", "Units at hand.", low=0),
            _c("delivery_hours", "float", "Promise from order to door, hours.", low=0),
        ),
        key=("offer_id",),
    ),
    Table(
        "customers",
        "Who buys.",
        (
            _c("customer_id*", "id", "The store's own id."),
            _c("region", "text", "Where the customer lives."),
            _c("locale", "text", "BCP 47 tag, such as hi-IN."),
            _c("created_at", "time", "First seen."),
        ),
        key=("customer_id",),
    ),
    Table(
        "events",
        "What happened: views, searches, carts, purchases. "
        "An impression is a view_item_list row a product and position.",
        (
            _c("event_id*", "id", "The client's id; else made from file and line."),
            _c("ts*", "time", "When it happened."),
            _c("session_id*", "id", "The visit; of order lines, the order."),
            _c("kind*", "text", "GA4's event names: view_item, purchase, refund …"),
            _c("customer_id", "id", "Who; null for a guest."),
            _c("product_id", "id", "The product concerned."),
            _c("query_id", "id", "One answered search, shared by its impressions and clicks."),
            _c("query", "text", "What was typed."),
            _c("position", "int", "Rank in the list, from 1.", low=1),
            _c("list_id", "id", "The list that was shown."),
            _c("quantity", "float", "Units; of a refund, units given back.", low=0),
            _c("price", "money", "Price of one unit, in `currency`.", low=0),
            _c("value", "money", "What the line came to, or quantity times price.", low=0),
            _c("currency", "text", "ISO 4217 code."),
            _c("region", "text", "Where the shopper was."),
            _c("device", "text", "phone, desktop, tablet, app …"),
            _c("surface", "text", "Page or place: search, product, home, email …"),
            _c("collection", "id", "The collection that showed the product."),
            _c("order_id", "id", "The order, of purchases and refunds."),
            _c("attribution_token", "text", "Comes with an answer, goes back with its events."),
            _c("experiment_id", "id", "The variant of a test that was shown."),
            _c("source", "text", "Where the row came from: format and file, or the journal."),
            _c("fee", "bool", "True for a line that charges no product: postage, bank fees."),
        ),
        key=("event_id",),
        time="ts",
        by_day=True,
    ),
    Table(
        "touches",
        "Marketing contacts before a purchase.",
        (
            _c("ts*", "time", "When."),
            _c("customer_id*", "id", "Who."),
            _c("channel*", "text", "search, email, social …"),
            _c("campaign", "text", "Which campaign."),
            _c("cost", "money", "What the contact cost.", low=0),
        ),
        time="ts",
    ),
    Table(
        "calendar",
        "Recurring marketing dates: festivals, seasons, sales.",
        (
            _c("name*", "text", "Diwali, back to school …"),
            _c("start*", "date", "First day."),
            _c("end*", "date", "Last day."),
            _c("region", "text", "Where it counts; null for everywhere."),
            _c("keywords", "list", "Words that belong to it."),
        ),
    ),
    Table(
        "posts",
        "Influencers' posts.",
        (
            _c("post_id*", "id", "The post's id."),
            _c("ts*", "time", "When it was posted."),
            _c("author", "text", "Handle."),
            _c("followers", "int", "Of the author, then.", low=0),
            _c("text", "text", "Caption."),
            _c("image", "text", "Path or URL."),
            _c("likes", "int", "Count.", low=0),
            _c("product_id", "id", "The product shown, if known."),
        ),
        key=("post_id",),
        time="ts",
    ),
    Table(
        "placements",
        "What was put where, with which chance, and what came of it.",
        (
            _c("decision_id*", "id", "One choice."),
            _c("ts*", "time", "When."),
            _c("content*", "id", "What was shown."),
            _c("slot*", "text", "Where."),
            _c("propensity*", "float", "Chance with which it was chosen.", low=0, high=1),
            _c("context", "map", "Facts known at the choice."),
            _c("reward", "float", "What came of it."),
        ),
        key=("decision_id",),
        time="ts",
    ),
    Table(
        "live",
        "Live streams.",
        (
            _c("channel_id*", "id", "Who streams."),
            _c("start*", "time", "On air from."),
            _c("end", "time", "On air until; null while on air."),
            _c("title", "text", "Title."),
            _c("language", "text", "BCP 47 tag."),
            _c("tags", "list", "Tags."),
            _c("viewers", "int", "Concurrent viewers.", low=0),
        ),
    ),
    Table(
        "package_types",
        "The boxes and bags that the store packs in.",
        (
            _c("package_type*", "id", "Name."),
            _c("rank*", "int", "1 is the flimsiest.", low=1),
            _c("material_cost", "money", "Of one package.", low=0),
            _c("freight_per_kg", "money", "Freight by billed kilogram.", low=0),
            _c("material_g", "float", "Weight of the package, grams.", low=0),
            _c("co2e_g", "float", "Footprint of the package, grams CO2e.", low=0),
            _c("inner_length_cm", "float", "Inside, centimetres.", low=0),
            _c("inner_width_cm", "float", "Inside, centimetres.", low=0),
            _c("inner_height_cm", "float", "Inside, centimetres.", low=0),
            _c("max_weight_g", "float", "What it carries, grams.", low=0),
            _c("allows_liquid", "bool", "May hold liquids."),
            _c("allows_hazardous", "bool", "May hold dangerous goods."),
            _c("rigid", "bool", "Keeps its own volume, as a box does; false for bags."),
        ),
        key=("package_type",),
    ),
    Table(
        "shipments",
        "What was sent in what, and whether it arrived whole.",
        (
            _c("shipment_id*", "id", "The shipment."),
            _c("ts*", "time", "When it left."),
            _c("product_id*", "id", "What was in it."),
            _c("package_type*", "id", "What it was in."),
            _c("shipping_cost", "money", "Freight.", low=0),
            _c("damaged*", "bool", "It arrived broken."),
            _c("damage_cost", "money", "What that cost.", low=0),
        ),
        key=("shipment_id", "product_id"),
        time="ts",
    ),
    Table(
        "addresses",
        "Where parcels went, and whether they arrived.",
        (
            _c("address_id*", "id", "The address."),
            _c("text*", "text", "As the customer wrote it."),
            _c("language", "text", "What the person reads (BCP 47); pick-up notices are in it."),
            _c("country", "text", "ISO 3166 code."),
            _c("region", "text", "State or province."),
            _c("city", "text", "City."),
            _c("postcode", "text", "PIN, ZIP, postcode."),
            _c("delivered", "bool", "The first attempt arrived."),
            _c("failure_reason", "text", "Why it did not."),
            _c("attempts", "int", "How many were made.", low=0),
        ),
        key=("address_id",),
    ),
    Table(
        "pickup_points",
        "Where parcels can be fetched.",
        (
            _c("point_id*", "id", "The point."),
            _c("name*", "text", "Its name."),
            _c("latitude", "float", "Degrees.", low=-90, high=90),
            _c("longitude", "float", "Degrees.", low=-180, high=180),
            _c("region", "text", "State or province."),
            _c("postcode", "text", "PIN, ZIP, postcode."),
        ),
        key=("point_id",),
    ),
    Table(
        "notices",
        "Messages about pick-up points, and what became of them.",
        (
            _c("notice_id*", "id", "The notice."),
            _c("address_id*", "id", "To whom."),
            _c("point_id*", "id", "Which point it names."),
            _c("state*", "text", "queued, held_back, sent, opened, used, refused, failed."),
            _c("sent_at", "time", "When."),
            _c("opened_at", "time", "When, of those who consented to be asked."),
            _c("used_at", "time", "When the parcel was fetched at the point, told or not."),
            _c("refused_at", "time", "When the person said no to the point."),
            _c("consented", "bool", "Whether it may be known that the notice was opened."),
            _c("held_back", "bool", "Not told on purpose: the group that others are compared to."),
        ),
        key=("notice_id",),
    ),
    Table(
        "messages",
        "Chat and comments.",
        (
            _c("message_id*", "id", "The message."),
            _c("ts*", "time", "When."),
            _c("channel_id*", "id", "Where."),
            _c("author_id*", "id", "Who."),
            _c("text*", "text", "What."),
            _c("reply_to", "id", "The message that it answers."),
            _c("label", "text", "What a moderator said of it."),
        ),
        key=("message_id",),
        time="ts",
    ),
    Table(
        "reviews",
        "What customers wrote of products.",
        (
            _c("review_id*", "id", "The review."),
            _c("product_id*", "id", "Of what."),
            _c("customer_id", "id", "By whom."),
            _c("ts", "time", "When."),
            _c("rating", "float", "Stars.", low=0, high=10),
            _c("text*", "text", "What."),
            _c("label", "text", "What a moderator said of it."),
        ),
        key=("review_id",),
        time="ts",
    ),
    Table(
        "utterances",
        "Labelled requests, to learn understanding from.",
        (
            _c("text*", "text", "What was said."),
            _c("locale*", "text", "BCP 47 tag."),
            _c("intent*", "text", "What was meant."),
            _c("slots", "list", "BIO tags, one a token."),
            _c("languages", "list", "Language tags, one a token."),
        ),
    ),
    Table(
        "contacts",
        "Who met whom; one row a pair and day (or a pair, day and place).",
        (
            _c("person_a*", "id", "One person."),
            _c("person_b*", "id", "The other."),
            _c("day*", "int", "Day number from 0.", low=0),
            _c("count", "int", "How often.", low=0, high=10_000),
            _c("minutes", "float", "How long.", low=0),
            _c("metres", "float", "How near.", low=0),
            _c("indoors", "bool", "Under a roof."),
        ),
    ),
    Table(
        "infection_tests",
        "Results of tests.",
        (
            _c("person*", "id", "Who."),
            _c("day*", "int", "Day number from 0.", low=0),
            _c("positive*", "bool", "The result."),
        ),
    ),
    Table(
        "requests",
        "Page requests with what the network gave.",
        (
            _c("ts*", "time", "When."),
            _c("session_id*", "id", "The visit."),
            _c("device", "text", "Model or class."),
            _c("os", "text", "Operating system."),
            _c("memory_gb", "float", "Device memory, GB.", low=0),
            _c("carrier", "text", "Network operator."),
            _c("cell", "text", "Coarse cell or area."),
            _c("connection", "text", "slow-2g, 2g, 3g, 4g …"),
            _c("save_data", "bool", "The shopper asked for less data."),
            _c("rtt_ms", "float", "Round trip, milliseconds.", low=0),
            _c("server_ms", "float", "Time in the server, milliseconds.", low=0),
            _c("bytes", "int", "Size of the answer.", low=0),
            _c("duration_ms", "float", "From request to last byte, milliseconds.", low=0),
        ),
        time="ts",
    ),
)

_DERIVED = (
    Table(
        "related_pairs",
        "Which product goes with which, directed from source to target.",
        (
            _c("source*", "id", "The product at hand."),
            _c("target*", "id", "What goes with it."),
            _c("kind*", "text", "Why: bought_together."),
            _c("score*", "float", "Higher is better; comparable within one source."),
            _c("baskets", "int", "Baskets that hold both.", low=0),
            _c("confidence", "float", "P(target | source).", low=0, high=1),
            _c("lift", "float", "P(target | source) / P(target).", low=0),
        ),
        key=("source", "target", "kind"),
        writer="related",
    ),
    Table(
        "query_terms",
        "Which words of the catalogue a shopper's words stand for.",
        (
            _c("term*", "text", "What is typed."),
            _c("stands_for*", "text", "What may stand in its place."),
            _c("weight*", "float", "How much of it: the share of its uses.", low=0, high=1),
        ),
        key=("term", "stands_for"),
        writer="search",
    ),
    Table(
        "regional_sales",
        "How much better a product sells in a region than elsewhere, where it is not alike.",
        (
            _c("product_id*", "id", "The product."),
            _c("region*", "text", "The region, as in events: IN, IN/KA."),
            _c(
                "lift*",
                "float",
                "Logarithm of how often it is chosen there over everywhere, shrunk.",
            ),
        ),
        key=("product_id", "region"),
        writer="search",
    ),
    Table(
        "address_parts",
        "What each part of an address is; people's names, phones and mails are left out.",
        (
            _c("address_id*", "id", "The address."),
            _c("number*", "int", "The part's place among the parts, from 0.", low=0),
            _c("label*", "text", "BUILDING, STREET, LANDMARK, CITY, PINCODE …"),
            _c("value*", "text", "As it was written."),
            _c("start*", "int", "Where it begins in the text, code points.", low=0),
            _c("end*", "int", "Where it ends.", low=0),
            _c("relation", "text", "Of a landmark: near, opposite, behind …"),
        ),
        key=("address_id", "number"),
        writer="addresses",
    ),
    Table(
        "buildings",
        "Buildings that addresses name, their spellings joined within a PIN code.",
        (
            _c("building_id*", "id", "Made from PIN and name."),
            _c("postcode*", "text", "Its PIN code."),
            _c("name*", "text", "The commonest spelling."),
            _c("spellings", "list", "Every spelling."),
            _c("address_ids", "list", "The addresses that name it."),
        ),
        key=("building_id",),
        writer="addresses",
    ),
    Table(
        "review_classes",
        "What each review or question is about, and whether a person should see it.",
        (
            _c("review_id*", "id", "The review."),
            _c(
                "classes", "list", "product, delivery, seller, helpful, spam, incentivised, safety."
            ),
            _c("decision*", "text", "hold for spam and what tells of a danger, else allow."),
            _c("product", "float", "How it feels of the product; null: unsaid.", low=-1, high=1),
            _c("delivery", "float", "How it feels of the delivery.", low=-1, high=1),
            _c("seller", "float", "How it feels of the seller.", low=-1, high=1),
        ),
        key=("review_id",),
        writer="reviews",
    ),
)

#: Every table by name: the owner's first, then the derived ones.
TABLES: Mapping[str, Table] = MappingProxyType({t.name: t for t in (*_OWNED, *_DERIVED)})
