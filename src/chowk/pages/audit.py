"""The audit as one page: accounts, findings by the revenue they touch, examples, cures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import write_page

if TYPE_CHECKING:
    from chowk.store.check import Audit
    from chowk.store.importing.run import ImportReport


def write_audit_page(
    audit: Audit, file: Path, title: str, *, report: ImportReport | None = None
) -> None:
    """Write the audit to `file`; `report` adds what an import just said."""
    columns = {
        finding.code: list(dict.fromkeys(name for row in finding.examples for name in row))
        for finding in audit.findings
    }
    write_page(file, "audit.html", audit=audit, title=title, report=report, columns=columns)
