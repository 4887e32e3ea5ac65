"""Shopify's CSV in: forward fill, variants, pictures, markets, old and new columns."""

import csv
import io

import pytest

from chowk.errors import ImportFormatError

OLD = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published",
    "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Variant SKU",
    "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty",
    "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Variant Barcode",
    "Image Src", "Image Position", "Variant Image", "Included / India", "Price / India",
    "Status", "Material (product.metafields.custom.material)",
)  # fmt: skip


def sheet(header, *rows):
    """Rows as dicts by column, so that a test says only what it is about."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


KURTA = (
    {
        "Handle": "kurta", "Title": "Silk Kurta 🪔", "Body (HTML)": "<p>Fine &amp; soft</p>",
        "Vendor": "Kavi", "Product Category": "Apparel & Accessories > Clothing",
        "Type": "Kurtas", "Tags": "festive, silk", "Published": "true", "Option1 Name": "Size",
        "Option1 Value": "M", "Option2 Name": "Colour", "Option2 Value": "Red",
        "Variant SKU": "'0012", "Variant Grams": "250", "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": "5", "Variant Inventory Policy": "deny",
        "Variant Price": "1299.00", "Variant Compare At Price": "1500.00",
        "Variant Barcode": "'8901", "Image Src": "http://x/1.jpg", "Image Position": "1",
        "Included / India": "true", "Price / India": "1199", "Status": "active",
        "Material (product.metafields.custom.material)": "silk",
    },
    {
        "Handle": "kurta", "Option1 Value": "L", "Option2 Value": "Red", "Variant SKU": "K-L",
        "Variant Inventory Tracker": "shopify", "Variant Inventory Qty": "0",
        "Variant Inventory Policy": "deny", "Variant Price": "1299.00",
        "Image Src": "http://x/2.jpg", "Image Position": "2", "Variant Image": "http://x/L.jpg",
    },
    {"Handle": "kurta", "Image Src": "http://x/3.jpg", "Image Position": "3"},
)  # fmt: skip


def test_variants_are_products_and_text_is_filled_forward(shops):
    shop = shops(currency="INR")
    shop.take("shopify", shop.file("p.csv", sheet(OLD, *KURTA)))
    assert shop.counts() == (3, 3, 0)
    medium, large = shop.products()["0012"], shop.products()["K-L"]
    for product in (medium, large):
        assert product["title"] == "Silk Kurta 🪔"
        assert product["description"] == "Fine & soft"
        assert product["brand"] == "Kavi" and product["group_id"] == "kurta"
        assert product["category"] == "Apparel & Accessories > Clothing"
        assert product["attributes"]["tags"] == "festive, silk"
        assert product["attributes"]["Material"] == "silk"
        assert product["attributes"]["product_type"] == "Kurtas"
        assert product["attributes"]["additional_images"] == "http://x/2.jpg http://x/3.jpg"
        assert product["currency"] == "INR" and product["price"] == 1299
    assert (medium["attributes"]["Size"], large["attributes"]["Size"]) == ("M", "L")
    assert large["attributes"]["Colour"] == "Red"
    assert (medium["available"], large["available"]) == (True, False)
    assert medium["attributes"]["compare_at_price"] == "1500.00"
    assert "compare_at_price" not in large["attributes"]
    assert medium["attributes"]["barcode"] == "8901"
    assert (medium["image"], large["image"]) == ("http://x/1.jpg", "http://x/L.jpg")
    assert (medium["weight_g"], large["weight_g"]) == (250.0, None)


def test_markets_become_offers_by_region(shops):
    shop = shops(currency="INR")
    shop.take("shopify", shop.file("p.csv", sheet(OLD, *KURTA)))
    offers = {row["product_id"]: row for row in shop.rows("offers")}
    assert (offers["0012"]["region"], offers["0012"]["price"]) == ("India", 1199)
    assert offers["0012"]["stock"] == 5


def test_the_new_columns_say_the_same(shops):
    names = {
        "Handle": "URL handle", "Body (HTML)": "Description",
        "Published": "Published on online store", "Variant SKU": "SKU",
        "Variant Grams": "Weight value (grams)", "Variant Price": "Price",
        "Variant Compare At Price": "Compare-at price", "Variant Barcode": "Barcode",
        "Variant Inventory Tracker": "Inventory tracker",
        "Variant Inventory Qty": "Inventory quantity",
        "Variant Inventory Policy": "Continue selling when out of stock",
        "Option1 Name": "Option1 name", "Option1 Value": "Option1 value",
        "Option2 Name": "Option2 name", "Option2 Value": "Option2 value",
        "Product Category": "Product category", "Image Src": "Product image URL",
        "Image Position": "Image position", "Variant Image": "Variant image URL",
    }  # fmt: skip
    old, new = shops(), shops()
    old.take("shopify", old.file("p.csv", sheet(OLD, *KURTA)))
    header = [names.get(n, n) for n in OLD]
    rows = [{names.get(n, n): v for n, v in row.items()} for row in KURTA]
    new.take("shopify", new.file("p.csv", sheet(header, *rows)))
    assert old.rows("products", "product_id") == new.rows("products", "product_id")
    assert old.rows("offers", "offer_id") == new.rows("offers", "offer_id")


def test_without_a_sku_the_id_is_the_handle_and_the_options(shop):
    header = ("Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price")
    rows = (
        {"Handle": "lamp", "Title": "Lamp", "Option1 Name": "Title",
         "Option1 Value": "Default Title", "Variant Price": "1"},
        {"Handle": "mug", "Title": "Mug", "Option1 Name": "Size", "Option1 Value": "S"},
        {"Handle": "mug", "Option1 Value": "L"},
    )  # fmt: skip
    shop.take("shopify", shop.file("p.csv", sheet(header, *rows)))
    products = shop.products()
    assert set(products) == {"lamp", "mug/S", "mug/L"}
    assert products["lamp"]["group_id"] is None and products["lamp"]["attributes"] is None
    assert products["mug/L"]["group_id"] == "mug"


@pytest.mark.parametrize(
    ("row", "available"),
    [
        ({"Status": "active"}, True),
        ({"Status": "draft"}, False),
        ({"Status": "archived", "Published": "true"}, False),
        ({"Published": "false", "Status": "active"}, False),
        ({"Published": "true", "Variant Inventory Qty": "-3", "Variant Inventory Policy": "deny",
          "Variant Inventory Tracker": "shopify"}, False),
        ({"Published": "true", "Variant Inventory Qty": "0", "Variant Inventory Policy": "continue",
          "Variant Inventory Tracker": "shopify"}, True),
        ({"Published": "true", "Variant Inventory Qty": "0"}, True),  # not tracked
        ({}, None),
    ],
)  # fmt: skip
def test_available_follows_status_and_stock(shop, row, available):
    row = {"Handle": "a", "Title": "A", "Variant Price": "1"} | row
    shop.take("shopify", shop.file("p.csv", sheet(OLD, row)))
    assert shop.products()["a"]["available"] is available


def test_a_handle_that_spans_batches_stays_one_product(shop, monkeypatch):
    header = ("Handle", "Title", "Option1 Name", "Option1 Value")
    rows = [{"Handle": f"h{n // 7}", "Title": f"T{n // 7}" if n % 7 == 0 else "",
             "Option1 Name": "N" if n % 7 == 0 else "", "Option1 Value": str(n)}
            for n in range(14_000)]  # fmt: skip
    shop.take("shopify", shop.file("p.csv", sheet(header, *rows)))
    products = shop.products()
    assert len(products) == 14_000
    assert all(p["title"] == f"T{p['group_id'][1:]}" for p in products.values())


def test_bad_rows_are_quarantined_with_their_reason(shop):
    rows = (
        {"Title": "", "Variant Price": "1"},  # no handle yet
        {"Handle": "good", "Title": "Good", "Variant SKU": "G", "Variant Price": "1"},
        {"Handle": "bad", "Title": "Bad", "Variant SKU": "B", "Variant Price": "QQQ 1"},
        {"Handle": "untitled", "Variant SKU": "U"},
        {"Handle": "twice", "Title": "Twice", "Variant SKU": "G"},
        {"Handle": "nothing"},
        {"Handle": "nul", "Title": "N\0", "Variant SKU": "N"},
    )
    shop.take("shopify", shop.file("p.csv", sheet(OLD, *rows)))
    assert shop.counts() == (7, 1, 6)
    text = shop.report.quarantine.read_text()
    for words in (
        "Handle is empty", "'QQQ 1' is not a price", "title is missing", "already used",
        "neither a variant nor a picture", "null byte",
    ):  # fmt: skip
        assert words in text or words.replace("missing", "empty") in text, words


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"a": 1}\n', "<rss/>\n"])
def test_other_files_are_refused(shop, content):
    with pytest.raises(ImportFormatError, match="not a Shopify product CSV"):
        shop.take("shopify", shop.file("p.csv", content))
