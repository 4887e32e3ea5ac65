"""schema.org markup in its many shapes, from documents, lines and pages."""

import json

import pytest

from chowk.errors import ImportFormatError
from chowk.store.importing.linked import products_in
from chowk.store.importing.markup import ld_blocks

LAMP = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "S1",
    "name": "Diya lamp",
    "brand": {"@type": "Brand", "name": "Kavi"},
    "image": ["http://x/1.jpg", {"@type": "ImageObject", "url": "http://x/2.jpg"}],
    "gtin13": "4006381333931",
    "weight": {"value": 2, "unitCode": "KGM"},
    "depth": "20 cm",
    "height": {"@type": "QuantitativeValue", "value": "4", "unitCode": "INH"},
    "category": "Home>Lamps",
    "additionalProperty": [{"name": "Wick", "value": "cotton"}],
    "aggregateRating": {"ratingValue": 4.5, "reviewCount": 10},
    "isRelatedTo": {"@type": "Product", "sku": "OTHER", "name": "not ours to say"},
    "offers": {
        "@type": "Offer",
        "price": "499.00",
        "priceCurrency": "INR",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": "Shop"},
        "inventoryLevel": {"value": 7},
        "shippingDetails": {
            "shippingDestination": {"addressCountry": "IN", "addressRegion": ["GJ", "KA"]},
            "deliveryTime": {
                "handlingTime": {"minValue": 0, "maxValue": 1, "unitCode": "DAY"},
                "transitTime": {"minValue": 1, "maxValue": 36, "unitCode": "HUR"},
            },
        },
    },
}


def page(*blocks):
    scripts = "".join(f'<script type="application/ld+json">{b}</script>\n' for b in blocks)
    return f"<!doctype html>\n<html><head><script>var a = '<b>';</script>\n{scripts}</head></html>"


def test_a_product_with_everything(shops):
    shop = shops(currency="INR")
    shop.take("jsonld", shop.file("lamp.json", json.dumps(LAMP)))
    (product,) = shop.rows("products")
    assert product["product_id"] == "S1" and product["title"] == "Diya lamp"
    assert product["brand"] == "Kavi" and product["category"] == "Home > Lamps"
    assert product["price"] == 499 and product["currency"] == "INR"
    assert product["available"] is True and product["image"] == "http://x/1.jpg"
    assert (product["weight_g"], product["length_cm"], product["height_cm"]) == (2000, 20, 10.16)
    assert product["attributes"] == {
        "gtin": "4006381333931", "Wick": "cotton", "rating": "4.5", "review_count": "10",
        "additional_images": "http://x/2.jpg",
    }  # fmt: skip
    offers = shop.rows("offers", "region")
    assert [(o["region"], o["delivery_hours"], o["stock"]) for o in offers] == [
        ("IN/GJ", 60.0, 7),
        ("IN/KA", 60.0, 7),
    ]
    assert offers[0]["seller"] == "Shop" and offers[0]["condition"] == "new"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda p: p,
        lambda p: [p],
        lambda p: {"@context": "x", "@graph": [{"@type": "WebPage"}, p]},
        lambda p: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": p}]},
        lambda p: {"@type": "WebPage", "mainEntity": p},
        lambda p: p | {"@type": ["Product", "Thing"]},
        lambda p: p | {"@type": "http://schema.org/Product"},
    ],
    ids=["bare", "array", "graph", "item list", "main entity", "two types", "full type"],
)
def test_every_wrapping_gives_the_same_product(wrap, shops):
    plain, wrapped = shops(), shops()
    plain.take("jsonld", plain.file("p.json", json.dumps(LAMP)))
    wrapped.take("jsonld", wrapped.file("p.html", page(json.dumps(wrap(LAMP)))))
    assert plain.rows("products") == wrapped.rows("products")
    assert plain.rows("offers", "offer_id") == wrapped.rows("offers", "offer_id")


def test_references_are_followed_within_the_document(shop):
    graph = [
        {"@type": "Product", "@id": "#v1", "sku": "K1", "size": "M", "isVariantOf": {"@id": "#g"}},
        {"@type": "ProductGroup", "@id": "#g", "productGroupID": "G", "name": "Kurta",
         "brand": {"@id": "#b"}, "hasVariant": [{"@id": "#v1"}, {"@id": "#v2"}]},
        {"@type": "Product", "@id": "#v2", "sku": "K2", "name": "Kurta L",
         "offers": {"@id": "#o"}},
        {"@type": "Offer", "@id": "#o", "price": 12.5, "priceCurrency": "EUR"},
        {"@type": "Brand", "@id": "#b", "name": "Kavi"},
    ]  # fmt: skip
    shop.take("jsonld", shop.file("p.json", json.dumps({"@graph": graph})))
    products = shop.products()
    assert set(products) == {"K1", "K2"} and shop.counts() == (2, 2, 0)
    assert products["K1"]["title"] == "Kurta" and products["K1"]["attributes"]["size"] == "M"
    assert products["K2"]["title"] == "Kurta L" and products["K2"]["price"] == 12.5
    assert all(p["group_id"] == "G" and p["brand"] == "Kavi" for p in products.values())


def test_a_circle_of_references_ends():
    circle = {"@type": "Product", "@id": "#a", "name": "A", "isVariantOf": {"@id": "#a"}}
    things = list(products_in([circle, {"@type": "Offer", "@id": "#b", "offers": {"@id": "#b"}}]))
    assert [thing.get("name") for thing in things] == ["A"]


def test_an_aggregate_offer_gives_its_lowest_price(shop):
    product = {"@type": "Product", "sku": "1", "name": "A",
               "offers": {"@type": "AggregateOffer", "lowPrice": "9", "highPrice": "12",
                          "priceCurrency": "EUR"}}  # fmt: skip
    shop.take("jsonld", shop.file("p.json", json.dumps(product)))
    assert shop.products()["1"]["price"] == 9


def test_lines_are_input_rows(shop):
    lines = [LAMP, {"@type": "Recipe"}, LAMP | {"sku": "S2", "name": ""}, LAMP | {"sku": "S3"}]
    shop.take("jsonld", shop.file("p.jsonl", lines))
    assert shop.counts() == (4, 2, 2)
    text = shop.report.quarantine.read_text()
    assert "the line holds no Product (Recipe)" in text and "title is empty" in text


def test_broken_blocks_are_refused_and_the_others_kept(shop):
    html = page("{broken", json.dumps(LAMP), '{"@type": "Product", "sku": "x", "name": "a\nb"}')
    shop.take("jsonld", shop.file("p.html", html))
    assert shop.counts() == (3, 2, 1)
    assert "the JSON-LD block at line 3 cannot be used" in shop.report.quarantine.read_text()


def test_wrong_values_are_quarantined(shop):
    bad = [
        LAMP | {"sku": "1", "offers": {"price": 1, "priceCurrency": "QQQ"}},
        LAMP | {"sku": "2", "offers": {"price": "cheap", "priceCurrency": "EUR"}},
        LAMP | {"sku": "3", "offers": {"price": 1, "availability": "Perhaps"}},
        LAMP | {"sku": "4", "name": "nul\0"},
        LAMP | {"sku": "5", "additionalProperty": {"name": "x", "value": "nul\0"}},
        LAMP | {"sku": "6", "weight": "3 stones"},
        {"@type": "Product", "name": "no id"},
        LAMP,
    ]
    shop.take("jsonld", shop.file("p.json", json.dumps(bad)))
    assert shop.counts() == (8, 1, 7)
    text = shop.report.quarantine.read_text()
    for words in ("QQQ", "'cheap' is not a price", "'perhaps' is neither", "title holds a null",
                  "attributes holds a null", "stones", "product_id is empty"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.html", "<html></html>", 'without a <script type="application/ld'),
        ("p.json", '{"a": 1}', "holds no schema.org Product"),
        ("p.json", "a,b\n1,2\n", "is not JSON-LD"),
        ("p.json", "", "is empty"),
        ("p.json", "[" * 100_000, "is not JSON-LD"),
    ],
)
def test_other_files_are_named_for_what_they_are(shop, name, content, words):
    with pytest.raises(ImportFormatError, match=words) as caught:
        shop.take("jsonld", shop.file(name, content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "block",
    ['{"a": 1}', '<!-- {"a": 1} -->', '//<![CDATA[\n{"a": 1}\n//]]>', '{"a": 1};'],
)
def test_old_wrappings_of_scripts_are_taken_off(block):
    assert [text for _, text in ld_blocks(page(block))] == ['{"a": 1}']


def test_a_page_that_ends_within_a_script_is_read():
    assert ld_blocks('<script type="application/ld+json">{"a": 1}') == [(1, '{"a": 1}')]
