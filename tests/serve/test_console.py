"""The console without a browser: log-in, forms, pages, pictures, and what hostile data becomes."""

from __future__ import annotations

import asyncio
import hashlib
import html.parser
import json
import re
from pathlib import Path

import pytest
from litestar.testing import TestClient
from PIL import Image

from chowk.desk import Desk
from chowk.serve.app import create_app
from chowk.serve.console.pictures import read
from chowk.serve.console.rendering import STATIC
from serve.conftest import EVIL

HTML = {"Accept": "text/html"}


def csrf_of(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


def log_in(client: TestClient, secret: str, target: str = "/console"):
    form = client.get("/console/login", params={"next": target})
    return client.post(
        "/console/login",
        data={"csrf": csrf_of(form.text), "key": secret, "next": target},
        follow_redirects=False,
    )


@pytest.fixture
def inside(client, keys):
    answer = log_in(client, keys.secrets["staff"])
    assert answer.status_code == 303 and answer.headers["location"] == "/console"
    return client


# -- coming in and going out ----------------------------------------------------------------------


def test_pages_lead_to_the_log_in_and_back(client, keys):
    answer = client.get("/console/audit?x=1", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/login?next=%2Fconsole%2Faudit%3Fx%3D1"
    assert log_in(client, keys.secrets["viewer"], "/console/audit").headers["location"] == (
        "/console/audit"
    )
    assert client.get("/console/audit").status_code == 200


def test_the_cookie_is_for_this_server_alone(client, keys):
    cookie = log_in(client, keys.secrets["staff"]).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert keys.secrets["staff"] not in cookie


@pytest.mark.parametrize("who", ["shop", "nobody"])
def test_other_keys_do_not_come_in(client, keys, who):
    answer = log_in(client, keys.secrets.get(who, "chowk_staff_nonsense"))
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text
    assert client.get("/console", follow_redirects=False).status_code == 303


def test_a_log_in_form_of_another_site_is_refused(client, keys):
    client.get("/console/login")
    answer = client.post("/console/login", data={"csrf": "x", "key": keys.secrets["staff"]})
    assert answer.status_code == 403
    client.cookies.clear()
    stolen = client.app.state.serving.attribution.csrf("")
    answer = client.post("/console/login", data={"csrf": stolen, "key": keys.secrets["staff"]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example/console", "//evil.example", "/v1/x", "/\\e"]
)
def test_the_log_in_leads_nowhere_else(client, keys, target):
    assert log_in(client, keys.secrets["staff"], target).headers["location"] == "/console"


def test_a_ticket_lets_in_once(client, keys, shop):
    with Desk.open(shop / "desk.db") as desk:
        ticket = desk.create_ticket(desk.check_key(keys.secrets["admin"]).key_id)
    answer = client.get(f"/console/login?ticket={ticket}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert client.get("/console").status_code == 200
    client.cookies.clear()
    again = client.get(f"/console/login?ticket={ticket}", follow_redirects=False)
    assert again.status_code == 403 and "used" in again.text


def test_the_desk_is_not_asked_on_the_event_loop(client, keys, monkeypatch):
    desk = client.app.state.serving.desk
    loops = []

    def watched(name):
        act = getattr(desk, name)

        def asked(*given, **named):
            try:
                asyncio.get_running_loop()
                loops.append(name)
            except RuntimeError:
                loops.append("")
            return act(*given, **named)

        monkeypatch.setattr(desk, name, asked)

    for name in ("check_key", "check_session", "create_ticket", "redeem_ticket", "end_session"):
        watched(name)
    assert log_in(client, keys.secrets["staff"]).status_code == 303
    assert client.get("/console/nothing", headers=HTML).status_code == 404
    page = client.get("/console")
    client.post("/console/logout", data={"csrf": csrf_of(page.text)})
    assert client.get("/console/login?ticket=x").status_code == 403
    assert len(loops) >= 6 and set(loops) == {""}


def test_logging_out_ends_the_session_everywhere(inside):
    session = inside.cookies["chowk_session"]
    page = inside.get("/console")
    assert inside.post("/console/logout", data={"csrf": "wrong"}).status_code == 403
    assert inside.get("/console", follow_redirects=False).status_code == 200
    answer = inside.post(
        "/console/logout", data={"csrf": csrf_of(page.text)}, follow_redirects=False
    )
    assert answer.status_code == 303
    inside.cookies.set("chowk_session", session)
    assert inside.get("/console", follow_redirects=False).status_code == 303


def test_a_piece_of_a_page_sends_the_browser_to_the_log_in(client):
    answer = client.get("/console/search?q=x", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/console/login")


# -- pages ----------------------------------------------------------------------------------------


def test_the_store_at_a_glance(inside):
    text = inside.get("/console").text
    assert "Test shop" in text
    for said in ("products", "720", "Not judged: ", "recall@10", "serves"):
        assert said in text
    assert "Not there: customers" in text


def test_who_only_looks_cannot_run_the_audit(client, keys, shop):
    log_in(client, keys.secrets["viewer"])
    page = client.get("/console/audit")
    assert page.status_code == 200 and 'action="/console/audit"' not in page.text
    held = {path: path.stat().st_mtime_ns for path in shop.rglob("*.json")}
    answer = client.post("/console/audit", data={"csrf": csrf_of(page.text)})
    assert answer.status_code == 403
    assert {path: path.stat().st_mtime_ns for path in shop.rglob("*.json")} == held


def test_the_audit_is_run_and_shown(inside):
    empty = inside.get("/console/audit")
    assert "not checked yet" in empty.text
    assert inside.post("/console/audit", data={"csrf": "wrong"}).status_code == 403
    page = inside.post("/console/audit", data={"csrf": csrf_of(empty.text)})
    assert page.status_code == 200
    assert "findings, by the money they touch" in page.text
    assert "What to do." in page.text


def test_customers_in_examples_are_hidden_from_who_may_not_see_them(inside, client, keys, shop):
    from chowk.store.check import Audit, Finding

    finding = Finding(
        code="x", table="events", severity="error", title="T", sentence="S", cure="C", rows=1,
        share_of_rows=1, revenue=1, share_of_revenue=1,
        examples=[{"customer_id": "anna-77", "product_id": "p0"}],
    )  # fmt: skip
    made = Audit(
        at="2026-01-01T00:00:00+00:00", manifest=0, currency="INR", revenue=1, orders=1, first="",
        last="", tables={}, findings=[finding], accounts=[], ok=True,
    )  # fmt: skip
    import msgspec

    (shop / "audit.json").write_bytes(msgspec.json.encode(made))
    text = inside.get("/console/audit").text
    assert "anna-77" not in text and "hidden" in text
    log_out = inside.get("/console").text
    inside.post("/console/logout", data={"csrf": csrf_of(log_out)})
    log_in(client, keys.secrets["admin"])
    assert "anna-77" in client.get("/console/audit").text


def test_search_ticks_facets_and_shows_reasons(inside):
    text = inside.get("/console/search?q=kettle").text
    assert "Red kettle" in text and "matches in title: kettle" in text
    assert 'name="filter.brand" value="Agni"' in text
    ticked = inside.get("/console/search?q=kettle&filter.brand=Agni").text
    assert "Blue kettle" in ticked and "Red kettle" not in ticked
    assert re.search(r'value="Agni" checked', ticked)
    assert re.search(r'value="Meena">', ticked), "the other values stay in sight"
    priced = inside.get("/console/search?q=&min=100&max=100").text
    assert "Red kettle" in priced and "Blue kettle" not in priced


def test_search_loads_only_the_answer_for_htmx(inside):
    part = inside.get(
        "/console/search?q=lamp", headers={"HX-Request": "true", "HX-Target": "answer"}
    ).text
    assert "Red lamp" in part and "<html" not in part


def test_a_chosen_hit_shows_what_goes_with_it(inside):
    text = inside.get("/console/search?q=kettle&product=p0").text
    assert "What goes with Red kettle" in text
    assert "Red lamp" in text and "orders with Red kettle" in text


def test_suggestions_are_options(inside):
    assert '<option value="Kettles">' in inside.get("/console/suggest?q=ket").text


def test_a_wrong_parameter_is_said_on_the_page(inside):
    answer = inside.get("/console/search?q=kettle&filter.colur=red")
    assert answer.status_code == 400 and "made of these names: brand" in answer.text
    assert "<h1" in answer.text  # a page, not a problem document
    answer = inside.get("/console/search?q=kettle&min=cheap")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text and "100..500" in answer.text


def test_refusals_are_pages_for_people(inside):
    answer = inside.get("/console/nowhere", headers=HTML)
    assert answer.status_code == 404 and "<html" in answer.text
    assert inside.get("/console/nowhere").headers["content-type"] == "application/problem+json"


def test_a_store_without_a_build_says_what_is_missing(tmp_path):
    import chowk
    from serve.processes import make_keys

    with chowk.create(tmp_path / "new", {"name": "New"}):
        pass
    keys = make_keys(tmp_path / "new")
    with TestClient(create_app(tmp_path / "new")) as client:
        log_in(client, keys.secrets["viewer"])
        text = client.get("/console").text
        assert ("no build yet" in text and "products: 0 rows" in text) or "never built" in text
        assert "chowk import" in text
        assert "does not serve yet" in client.get("/console/search").text
        assert client.get("/readyz").status_code == 503
        answer = client.get("/v1/search", headers=keys.shop)
        assert answer.status_code == 503 and "chowk build" in answer.json()["detail"]


# -- hostile data ---------------------------------------------------------------------------------


class Tags(html.parser.HTMLParser):
    """Collects tags and attributes, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    "path",
    [
        "/console/search?q=evil",
        "/console/search?q=" + "%3Cscript%3Ealert(1)%3C/script%3E%22onmouseover=%22x",
        "/console/search?q=evil&product=evil",
        "/console/suggest?q=evil",
        "/console/search?q=&filter.brand=" + "%22%3E%3Cscript%3E",
        "/console/search?min=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_hostile_text_stays_text(inside, path):
    page = Tags(inside.get(path).text)
    scripts = [attrs for tag, attrs in page.found if tag == "script"]
    assert all(set(attrs) == {"src", "defer"} for attrs in scripts)
    assert all(attrs["src"].startswith("/console/static/") for attrs in scripts)
    for _, attrs in page.found:
        assert not [name for name in attrs if name.startswith("on")]
        assert not attrs.get("href", "").startswith("javascript:")
        assert "style" not in attrs
    if "product=evil" in path:
        assert EVIL in page.text


def test_hostile_text_in_the_log_in_stays_text(client):
    page = Tags(client.get('/console/login?next=/console"><script>alert(1)</script>').text)
    assert [a for t, a in page.found if t == "script" and "src" not in a] == []


# -- pictures and static files --------------------------------------------------------------------


def test_pictures_come_from_the_store_and_from_nowhere_else(tmp_path):
    store = tmp_path / "shop"
    (store / "images").mkdir(parents=True)
    for name in ("shop/images/a.png", "outside.png"):
        Image.new("RGB", (2, 2), "red").save(tmp_path / name)
    (store / "images" / "link.png").symlink_to(tmp_path / "outside.png")
    (store / "images" / "page.png").write_bytes(b"<script>alert(1)</script>")
    (store / "secret.txt").write_text("s")
    content, media = read(store, "images/a.png")
    assert media == "image/png" and content.startswith(b"\x89PNG")
    for bad in (
        "../outside.png",
        "images/../../outside.png",
        str(tmp_path / "outside.png"),
        "images/link.png",
        "images/page.png",
        "secret.txt",
        "images",
        "images/none.png",
        "https://evil.example/a.png",
        "file:///etc/passwd",
        "a\0.png",
        None,
        7,
    ):
        assert read(store, bad) is None, bad


def test_the_picture_route(inside, shop):
    Image.new("RGB", (2, 2), "red").save(shop / "x.png")
    answer = inside.get("/console/image/evil")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert inside.get("/console/image/p0").status_code == 404
    assert inside.get("/console/image/..%2f..%2fchowk.toml").status_code == 404
    inside.cookies.clear()
    assert inside.get("/console/image/evil", follow_redirects=False).status_code == 303


def test_vendored_files_are_the_released_ones_with_their_licences():
    folder = STATIC / "vendor"
    listed = json.loads((folder / "vendor.json").read_text())
    files = {name: digest for package in listed for name, digest in package["files"].items()}
    present = {path.name for path in folder.iterdir()} - {"vendor.json"}
    assert present == set(files)
    for name, digest in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    for package in listed:
        assert package["version"] in package["source"]
        assert package["licence_file"] in package["files"]


def test_pages_ask_for_nothing_from_elsewhere(inside):
    for path in ("/console", "/console/audit", "/console/search?q=kettle"):
        page = Tags(inside.get(path).text)
        for _, attrs in page.found:
            for name in ("src", "href", "action"):
                assert not re.match(r"(https?:)?//", attrs.get(name) or ""), attrs
        for tag, attrs in page.found:
            if tag in ("script", "link"):
                found = inside.get(attrs.get("src") or attrs["href"])
                assert found.status_code == 200
                assert "immutable" in found.headers["cache-control"]


def test_styles_and_scripts_stay_small():
    own = [p for p in Path(STATIC).glob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in own) < 40_000
