"""The pictures of the console in the documents: python tests/serve/screenshots.py [STORE]

Makes the sample store (or copies STORE), serves it, and saves each page at 1280 and at 360 pixels
to docs/images.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

PAGES = {
    "glance": "/console",
    "audit": "/console/audit",
    "language": "/console/language?text=mujhe+lal+saree+dikhao+under+2000",
    "search": "/console/search?q=red+saree&filter.category=Fashion+%3E+Women",
    "moderation": "/console/moderation",
    "community": "/console/moderation/community",
    "packaging": "/console/packaging",
}


def main() -> None:
    """Take them."""
    import chowk
    from chowk.build import build
    from chowk.sample import make
    from chowk.store.check import audit
    from serve.browser import browsing
    from serve.processes import make_keys, running
    from serve.test_moderation_browser import furnish
    from servers.rule import chromium

    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "shop"
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], path)
        else:
            with make(path, seed=0) as store:
                build(store)
        for old in path.glob("desk.db*"):
            old.unlink()
        with chowk.open(path) as store:
            audit(store)
        secret = make_keys(path).secrets["admin"]
        furnish(path)
        with running(path) as server, browsing(server.url, chromium()) as browser:
            browser.log_in(secret)
            for width in (1280, 360):
                browser.wide(width)
                for name, page in PAGES.items():
                    browser.open(page)
                    if name == "audit":
                        browser.all(".finding summary")[1].click()
                    if name == "search":
                        browser.one(".hit .side a").click()
                        browser.one("#related")
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
