"""Pages that stand alone: one HTML file with everything in it, for mail and for the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chowk.store.disk import write_atomic


def write_page(file: Path, template: str, **context: Any) -> None:
    """Render a template of this folder to `file`; what is shown is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chowk.pages", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    environment.filters["money"] = lambda value: f"{value:,.2f}"
    environment.filters["percent"] = _percent
    environment.filters["figure"] = lambda value: "" if value is None else f"{value:.3f}"
    page = environment.get_template(template).render(**context)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, page.encode())


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.1f} %"
