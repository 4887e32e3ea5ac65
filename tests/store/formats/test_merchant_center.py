"""Merchant Center feeds: the fields, the dirt, and XML that wants to do harm."""

import gzip
import tracemalloc
from decimal import Decimal

import pytest

from chowk.errors import ImportFormatError, InputError
from chowk.store.importing.feed_xml import read_feed
from chowk.store.importing.format import Options

G = 'xmlns:g="http://base.google.com/ns/1.0"'


def rss(*items, head=f'<rss version="2.0" {G}>'):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n<channel>\n<title>Shop</title>\n'
        + "\n".join(items)
        + "\n</channel>\n</rss>\n"
    )


def tsv(header, *rows):
    return "\n".join("\t".join(row) for row in (header, *rows)) + "\n"


def test_a_tsv_row_becomes_a_product_and_its_offers(shops):
    shop = shops(currency="USD")
    header = (
        "id", "title", "description", "link", "image link", "additional image link",
        "availability", "price", "brand", "gtin", "g:product_type", "google_product_category",
        "item_group_id", "color", "condition", "shipping", "max_handling_time",
        "max_transit_time", "shipping_weight", "shipping_length", "shipping_width",
        "shipping_height", "product_detail",
    )  # fmt: skip
    row = (
        "L-1", "<b>Clay</b> lamp 🪔", "Fine &amp; warm", "https://x.example/l1",
        "https://x.example/1.jpg", "https://x.example/2.jpg,https://x.example/3.jpg", "in_stock",
        "1,015.50 USD", "Kavi", "4006381333931", "Home>Lamps", "594", "L", "red", "new",
        "US:CA:Overnight:7.00 USD,GB:::5 USD", "1", "3", "3 kg", "8 in", "20 cm", "100 mm",
        "General:Wick:cotton",
    )  # fmt: skip
    shop.take("merchant-center", shop.file("feed.tsv", tsv(header, row)))
    product = shop.products()["L-1"]
    assert product["title"] == "Clay lamp 🪔"
    assert product["description"] == "Fine & warm"
    assert product["price"] == Decimal("1015.5") and product["currency"] == "USD"
    assert product["category"] == "Home > Lamps"
    assert product["image"] == "https://x.example/1.jpg"
    assert product["group_id"] == "L" and product["brand"] == "Kavi"
    assert product["available"] is True
    assert product["weight_g"] == 3000
    assert [product[f"{s}_cm"] for s in ("length", "width", "height")] == [20.32, 20.0, 10.0]
    attributes = product["attributes"]
    assert attributes["color"] == "red" and attributes["gtin"] == "4006381333931"
    assert attributes["google_product_category"] == "594"
    assert attributes["Wick"] == "cotton"
    assert attributes["additional_images"] == "https://x.example/2.jpg https://x.example/3.jpg"
    offers = {row["region"]: row for row in shop.rows("offers")}
    assert set(offers) == {"US/CA", "GB"}
    assert offers["US/CA"]["delivery_hours"] == 24 * (1 + 3)
    assert offers["GB"]["price"] == Decimal("1015.5") and offers["GB"]["condition"] == "new"


def test_xml_gives_the_same_product_as_tsv(shops):
    as_tsv, as_xml = shops(), shops()
    values = {"id": "1", "title": "Vase", "price": "10.00 EUR", "availability": "out_of_stock",
              "product_type": "Home > Vases", "color": "blue", "image_link": "https://x/1.jpg",
              "shipping_weight": "12 oz"}  # fmt: skip
    as_tsv.take("merchant-center", as_tsv.file("f.txt", tsv(tuple(values), tuple(values.values()))))
    item = "".join(f"<g:{n}>{v.replace('>', '&gt;')}</g:{n}>" for n, v in values.items())
    as_xml.take("merchant-center", as_xml.file("f.xml", rss(f"<item>{item}</item>")))
    assert as_tsv.rows("products") == as_xml.rows("products")
    assert as_tsv.products()["1"]["available"] is False


def test_atom_and_nested_shipping(shop):
    feed = f"""<feed xmlns="http://www.w3.org/2005/Atom" {G}>
    <entry><title>Bowl</title><link href="https://x/b"/><g:id>b</g:id>
      <g:price>5 EUR</g:price>
      <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price>
        <g:max_handling_time>1</g:max_handling_time><g:max_transit_time>2</g:max_transit_time>
      </g:shipping>
      <g:product_detail><g:attribute_name>Glaze</g:attribute_name>
        <g:attribute_value>matt</g:attribute_value></g:product_detail>
    </entry></feed>"""
    shop.take("merchant-center", shop.file("f.xml", feed))
    product = shop.products()["b"]
    assert product["title"] == "Bowl"
    assert product["attributes"]["link"] == "https://x/b"
    assert product["attributes"]["Glaze"] == "matt"
    (offer,) = shop.rows("offers")
    assert (offer["region"], offer["delivery_hours"]) == ("DE", 72.0)


def test_a_sale_price_without_dates_is_the_price(shop):
    header = ("id", "title", "price", "sale_price", "sale_price_effective_date")
    dates = "2026-11-01T00:00+0100/2026-11-30T00:00+0100"
    rows = (("a", "A", "10 EUR", "8 EUR", ""), ("b", "B", "10 EUR", "8 EUR", dates))
    shop.take("merchant-center", shop.file("f.tsv", tsv(header, *rows)))
    a, b = (shop.products()[name] for name in "ab")
    assert (a["price"], a["attributes"]["list_price"]) == (8, "10 EUR")
    assert (b["price"], b["attributes"]["sale_price"]) == (10, "8 EUR")


def test_bad_rows_are_quarantined_with_their_reason(shop):
    header = ("id", "title", "price", "shipping_weight")
    rows = (
        ("good", "G", "1 EUR", "1 kg"),
        ("money", "M", "10 QQQ", ""),
        ("", "no id", "1 EUR", ""),
        ("untitled", "", "1 EUR", ""),
        ("good", "another G", "2 EUR", ""),
        ("heavy", "H", "1 EUR", "3 stones"),
        ("minus", "N", "-4 EUR", ""),
        ("n\0ul", "Z", "1 EUR", ""),
        ("short", "S"),
    )
    shop.take("merchant-center", shop.file("f.tsv", tsv(header, *rows)))
    assert shop.counts() == (9, 1, 8)
    text = shop.report.quarantine.read_text()
    for words in (
        "'10 QQQ' is not a price", "product_id is empty", "title is empty",
        "already used at line 2", "'3 stones' is not a number", "price is -4", "null byte",
        "the row has 2 fields and the header 4",
    ):  # fmt: skip
        assert words in text


def test_a_price_in_another_currency_gives_no_offer_price(shops):
    shop = shops(currency="INR")
    header = ("id", "title", "price", "shipping")
    shop.take("merchant-center", shop.file("f.tsv", tsv(header, ("1", "A", "9 USD", "US:::1 USD"))))
    assert shop.products()["1"]["currency"] == "USD"
    assert shop.rows("offers")[0]["price"] is None
    assert any("not in the store's INR" in note for note in shop.report.notes)


def test_damaged_xml_keeps_what_came_before_and_says_where(shop):
    good = "<item><g:id>{}</g:id><g:title>T</g:title></item>"
    feed = rss(good.format(1), good.format(2), "<item><g:id>3</g:id><g:title>T</g:tilte></item>")
    shop.take("merchant-center", shop.file("f.xml", feed))
    assert set(shop.products()) == {"1", "2"}
    assert shop.counts() == (3, 2, 1)
    assert "the XML is broken at line 7, column 33" in shop.report.quarantine.read_text()


def test_a_feed_on_one_line_has_every_item(shop):
    items = "".join(f"<item><g:id>{n}</g:id><g:title>T{n}</g:title></item>" for n in range(5_000))
    feed = f"<rss {G}><channel>{items}</channel></rss>"
    path = shop.folder / "f.xml.gz"
    path.write_bytes(gzip.compress(feed.encode()))
    shop.take("merchant-center", path)
    assert shop.counts() == (5_000, 5_000, 0)
    assert len(shop.products()) == 5_000


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<rss><channel><item><id>1</id><title>&c;</title></item></channel></rss>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel><item><id>1</id><title>&x;</title></item></channel></rss>"""


@pytest.mark.parametrize("content", [BOMB, OUTSIDE], ids=["entity bomb", "outside file"])
def test_xml_that_does_harm_is_refused_in_one_sentence(shop, content):
    with pytest.raises(ImportFormatError, match="declares entities") as caught:
        shop.take("merchant-center", shop.file("f.xml", content))
    assert "\n" not in str(caught.value)
    assert shop.store.tables() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("<html><body/></html>", "no <item> or <entry>"),
        ('<?xml version="1.0" encoding="shift_jis"?><rss/>', "Save the feed as UTF-8"),
        ('<?xml version="1.0" encoding="none"?><rss/>', "Save the feed as UTF-8"),
        ("<rss><channel><item>", "not well-formed XML at line 1"),
        ("a,b\n1,2\n", "no column 'id'"),
        ("id\ttitle\n", "no rows"),
    ],
)
def test_other_files_are_named_for_what_they_are(shop, content, words):
    with pytest.raises(ImportFormatError, match=words):
        shop.take("merchant-center", shop.file("f.txt", content))


def test_columns_can_be_mapped_and_wrong_ones_are_named(shop):
    path = shop.file("f.tsv", tsv(("sku", "name", "Maker"), ("1", "Lamp", "Kavi")))
    mapping = {"id": ("sku",), "title": ("name",), "brand": ("Maker",)}
    shop.take("merchant-center", path, options=Options(mapping=mapping))
    assert shop.products()["1"]["brand"] == "Kavi"
    for wrong in ({"id": ("nope",)}, {"nothing": ("sku",)}):
        with pytest.raises(InputError, match="no column"):
            shop.take("merchant-center", path, options=Options(mapping=mapping | wrong))


def test_an_item_too_long_is_refused_and_the_others_kept(shop, monkeypatch):
    monkeypatch.setattr("chowk.store.importing.feed_xml.MAX_LINE", 1000)
    good = "<item><g:id>1</g:id><g:title>T</g:title></item>"
    long = f"<item><g:id>2</g:id><g:title>{'x' * 2000}</g:title></item>"
    shop.take("merchant-center", shop.file("f.xml", rss(long, good)))
    assert set(shop.products()) == {"1"}
    assert "the item is longer than 1,000 characters" in shop.report.quarantine.read_text()


def test_memory_does_not_grow_with_the_feed(tmp_path):
    def peak(items):
        path = tmp_path / "f.xml"
        path.write_text(rss(*(
            f"<item><g:id>{n}</g:id><g:description>{'x' * 500}</g:description></item>"
            for n in range(items)
        )))  # fmt: skip
        tracemalloc.start()
        try:
            assert sum(len(found) for found, _ in read_feed(path, batch=100)) == items
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(8_000) < 1.5 * peak(1_000)
