"""The pictures of the console in the documents.

Makes the sample store (or copies STORE), serves it, and saves each page at 1280 and at 360 pixels
to docs/images; with --only, the pages that are named.

python tests/serve/screenshots.py [STORE] [--only NAME,NAME]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chowk.delivery.pickup.notices import key_of
from chowk.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

PAGES = {
    "glance": "/console",
    "audit": "/console/audit",
    "language": "/console/language?text=mujhe+lal+saree+dikhao+under+2000",
    "compare": "/console/search/compare?q=cover&region=IN%2FGujarat",
    "rules": "/console/search/rules?edit=diwali-lamps",
    "analytics": "/console/search/analytics",
    "grading": "/console/search/grading",
    "search": "/console/search?q=red+saree&filter.category=Fashion+%3E+Women",
    "discovery": "/console/discovery?product=P000499",
    "moderation": "/console/moderation",
    "guard": "/console/moderation/guard?channel=lobby",
    "authors": "/console/moderation/authors?channel=lobby&author=zoe",
    "norms": "/console/moderation/norms?channel=lobby",
    "memory": "/console/moderation/memory?channel=lobby&text=you+fool",
    "reflection": "/console/moderation/reflection",
    "community": "/console/moderation/community?channel=lobby",
    "people": "/console/moderation/people?channel=lobby",
    "survey": "/console/moderation/survey",
    "packaging": "/console/packaging",
    "notices": "/console/notices",
    "risk": "/console/risk?tests=3&places=3&threshold=30",
}
#: Pages that need no build.
_UNBUILT = {"notices"}
_MODERATORS = {
    "moderation", "guard", "authors", "norms", "memory", "reflection", "community", "people",
    "survey",
}  # fmt: skip


def with_notices(store: Any) -> None:
    """A locked building, most of whose people were told."""
    with (store.path / "chowk.toml").open("a") as settings:
        settings.write('\n[notices]\nhook = "https://shop.example/notices"\nsecret = "s"\n')
    rows = [
        {"address_id": f"n{n}", "language": ("es", "en", None)[n % 3],
         "text": f"Flat {n}, {'AB'[n % 2]} Wing, Sai Krupa Apartments, Baner, Pune 411045"}
        for n in range(240)
    ]  # fmt: skip
    told = [
        {"notice_id": key_of(f"n{n}", "corner", "ready"), "address_id": f"n{n}",
         "point_id": "corner",
         "state": "held_back" if n % 5 == 0 else "used" if n % 3 else "sent",
         "held_back": n % 5 == 0, "consented": n % 2 == 0,
         "sent_at": None if n % 5 == 0 else datetime.now(UTC),
         "opened_at": datetime.now(UTC) if n % 4 == 0 and n % 5 else None,
         "used_at": datetime.now(UTC) if (n % 5 and n % 3) or n % 10 == 0 else None}
        for n in range(200)
    ]  # fmt: skip
    points = [{"point_id": "corner", "name": "Corner Shop", "postcode": "411045"},
              {"point_id": "post", "name": "Post office, Aundh", "postcode": "411007"}]  # fmt: skip
    with store.transaction() as change:
        change.upsert("addresses", rows)
        change.upsert("pickup_points", points)
        change.upsert("notices", told)
    with Desk.open(store.path / "desk.db") as desk:
        for name in ("n3", "n41", "n77"):
            desk.declined.add(name, actor="cli")


def main() -> None:
    """Take them."""
    import chowk
    from chowk.build import build
    from chowk.sample import make
    from chowk.store.check import audit
    from serve.browser import browsing
    from serve.processes import make_keys, running
    from serve.test_moderation_browser import furnish
    from serve.test_moderators_browser import furnish_more
    from servers.rule import chromium
    from small_store import with_contacts

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", nargs="?")
    parser.add_argument("--only", default=",".join(PAGES))
    given = parser.parse_args()
    wanted = given.only.split(",")
    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "shop"
        if given.store:
            shutil.copytree(given.store, path)
        elif set(wanted) <= _MODERATORS | _UNBUILT:  # these need no products
            chowk.create(path, {"name": "Sample store", "currency": "INR"}).close()
        else:
            with make(path, seed=0) as store:
                with_contacts(store)
                build(store, insist=("contact_risk",))
        for old in path.glob("desk.db*"):
            old.unlink()
        with chowk.open(path) as store:
            with_notices(store)
            audit(store)
        secret = make_keys(path).secrets["admin"]
        mira = furnish_more(path)
        furnish(path)
        with running(path) as server, browsing(server.url, chromium()) as browser:
            # The moderators' own pages tell of somebody: of who decided.
            browser.log_in(mira if set(wanted) <= _MODERATORS else secret)
            for width in (1280, 360):
                browser.wide(width)
                for name in wanted:
                    browser.open(PAGES[name])
                    if name == "audit":
                        browser.all(".finding summary")[1].click()
                    if name == "search":
                        browser.one(".hit .side a").click()
                        browser.one("#related")
                    if name == "risk":
                        for mark in browser.all("#quarantine input[name=quarantined]")[:2]:
                            mark.click()
                        browser.one("#capacities button").click()
                        browser.one("#highest a").click()
                        browser.one(".contact-graph")
                    if name == "notices":
                        browser.one("[name=buildings]").send_keys("Sai Kripa Apts, 411045")
                        browser.go("#asked button")
                    if name == "moderation":
                        for act in browser.all("#next"):
                            act.click()
                        browser.one("#covered summary").click()
                    time.sleep(1)
                    browser.driver.execute_script("scrollTo(0, 0)")
                    browser.picture(str(folder / f"console-{name}-{width}.png"))
                    print(f"docs/images/console-{name}-{width}.png")


if __name__ == "__main__":
    main()
