"""Runs the rules on a store: findings with money attached, the largest sum first.

The money of a finding is the revenue of the purchases that it touches: the offending rows' own, or
what the offending products sold. It is what is at stake, not what is lost. Money of different
currencies is never added up: revenue and shares are of one, the others stand beside it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import ibis
import msgspec

from chowk.store.disk import write_atomic
from chowk.store.expressions import in_currency, revenue_by_product, sales
from chowk.store.manifest import Account
from chowk.store.store import Store

from .rules import RULES, Rule

EXAMPLES = 5


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    `rows` counts offending rows of `table`; `revenue` is the money of the purchases they touch, in
    the audit's currency, and `others` what they touch in further ones; shares are in [0, 1];
    `examples` are up to five offending rows.
    """

    code: str
    table: str
    severity: str
    title: str
    sentence: str
    cure: str
    rows: int
    share_of_rows: float
    revenue: float
    share_of_revenue: float
    examples: list[dict[str, Any]] = []
    others: dict[str, float] = {}


class Takings(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold in one currency: `revenue`, and how many `purchases` (lines)."""

    currency: str
    revenue: float
    purchases: int


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a store's data.

    `revenue` and every share are of the sales in `currency`: the store's, or the commonest one when
    nothing was sold in the store's. `takings` has the sums by currency, the counted one first.
    `tables` counts rows by table; `accounts` has one entry a source file ever imported; `ok` is
    False when the accounts do not add up.
    """

    at: str
    manifest: int
    currency: str
    revenue: float
    orders: int
    first: str
    last: str
    tables: dict[str, int]
    findings: list[Finding]
    accounts: list[Account]
    ok: bool
    lost: str = ""
    takings: list[Takings] = []

    def as_dict(self) -> dict[str, Any]:
        """The shape that `--json` prints."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        made["rows"] = made.pop("tables")
        made["tables"] = {
            a.file: {
                "rows_in": a.rows_in,
                "kept": a.kept,
                "quarantined": a.quarantined,
                "already": a.already,
                "repeated": a.repeated,
            }
            for a in self.accounts
        }
        return made


def audit(store: Store, *, save: bool = True) -> Audit:
    """Check a store's tables and accounts; with `save`, keep the result for the console.

    Every rule runs as a relational expression on the store's engine.
    """
    store.refresh()
    events = store.table("events")
    engine = store.engine
    sold = sales(events)
    orders = engine.scalar(sold.agg(orders=sold.session_id.nunique()).orders.max())
    own = store.settings.text("currency")
    takings = _takings(store, own)
    counted = takings[0].currency if takings else own
    revenue = takings[0].revenue if takings else 0.0
    span = engine.arrow(events.agg(first=events.ts.min(), last=events.ts.max())).to_pylist()[0]
    by_product = elsewhere = None
    if "events" in store:
        named = in_currency(events, own)
        by_product = engine.cache(revenue_by_product(named.filter(named.currency == counted)))
        if len(takings) > 1:
            other = sales(named.filter(named.currency != counted))
            sums = other.group_by(["product_id", "currency"]).agg(money=other.amount.sum())
            elsewhere = engine.cache(sums)
    findings = []
    for rule in RULES:
        if rule.table in store and store.rows(rule.table):
            found = _apply(store, rule, by_product, elsewhere, revenue, counted)
            if found is not None:
                findings.append(found)
    lost = _accounts(store)
    findings.extend(_quarantined(store))
    order = {"error": 0, "warning": 1, "note": 2}
    findings.sort(key=lambda f: (order[f.severity], -f.revenue, -f.rows, f.code))
    made = Audit(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        manifest=store.manifest.version,
        currency=counted,
        revenue=revenue,
        orders=int(orders or 0),
        first=span["first"].isoformat() if span["first"] else "",
        last=span["last"].isoformat() if span["last"] else "",
        tables={name: store.rows(name) for name in store.tables()},
        findings=findings,
        accounts=list(store.manifest.accounts),
        ok=not lost,
        lost=lost,
        takings=takings,
    )
    if save:
        content = msgspec.json.format(msgspec.json.encode(made), indent=1)
        write_atomic(store.path / "audit.json", content)
    return made


def read_audit(store: Store) -> Audit | None:
    """The last audit that was saved, or None. Compare its `manifest` with the store's."""
    try:
        return msgspec.json.decode((store.path / "audit.json").read_bytes(), type=Audit)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _takings(store: Store, own: str) -> list[Takings]:
    """Sums of the sales by currency: the store's first, then those with most purchases."""
    sold = sales(in_currency(store.table("events"), own))
    sums = sold.group_by("currency").agg(revenue=sold.amount.sum(), purchases=sold.count())
    made = [
        Takings(
            currency=row["currency"],
            revenue=round(float(row["revenue"] or 0.0), 2),
            purchases=int(row["purchases"]),
        )
        for row in store.engine.arrow(sums).to_pylist()
    ]
    return sorted(made, key=lambda t: (t.currency != own, -t.purchases, t.currency))


def _apply(
    store: Store,
    rule: Rule,
    by_product: ibis.Table | None,
    elsewhere: ibis.Table | None,
    revenue: float,
    counted: str,
) -> Finding | None:
    engine = store.engine
    own = store.settings.text("currency")
    said = {"currency": own, "counted": counted}
    rows = rule.rows(*(said.get(name) or store.table(name) for name in rule.reads))
    blank = counted if rule.reads[-1] == "counted" else own  # of grouped rows, or of unnamed money
    rows = rows.mutate(currency=ibis.coalesce(rows.currency, blank))
    # Rows and money in one pass: most rules read all events.
    sums = rows.group_by("currency").agg(rows=rows.count(), money=rows.amount.sum())
    found = engine.arrow(sums).to_pylist()
    count = sum(int(row["rows"]) for row in found)
    if count == 0:
        return None
    others = {row["currency"]: round(float(row["money"]), 2) for row in found if row["money"]}
    touched = others.pop(counted, 0.0)
    if rule.table in ("products", "offers") and by_product is not None:
        hit = by_product.semi_join(rows, "product_id")
        touched = float(engine.scalar(hit.revenue.sum()) or 0.0)
        if elsewhere is not None:
            more = elsewhere.semi_join(rows, "product_id").group_by("currency")
            sums = engine.arrow(more.agg(money=lambda sold: sold.money.sum())).to_pylist()
            others = {r["currency"]: round(float(r["money"]), 2) for r in sums if r["money"]}
    of = store.rows(rule.table)
    share = min(count / of, 1.0) if of else 0.0
    words = {"rows": f"{count:,}", "share": _percent(share)}
    return Finding(
        code=rule.code,
        table=rule.table,
        severity=rule.severity,
        title=rule.title,
        sentence=_numbered(rule.sentence.format(**words), count),
        cure=rule.cure,
        rows=count,
        share_of_rows=round(share, 6),
        revenue=round(touched, 2),
        share_of_revenue=round(touched / revenue, 6) if revenue > 0 else 0.0,
        examples=_examples(store, rule, rows, by_product),
        others=dict(sorted(others.items())),
    )


#: What an example shows of a row; never who bought.
_SHOWN = {
    "events": ("event_id", "ts", "kind", "order_id", "product_id", "quantity", "price", "value",
               "currency", "source"),
    "products": ("product_id", "title", "brand", "category", "price", "currency"),
    "offers": ("offer_id", "product_id", "region", "seller", "price", "delivery_hours"),
    "customers": ("customer_id", "created_at"),
}  # fmt: skip


def _examples(
    store: Store, rule: Rule, rows: ibis.Table, by_product: ibis.Table | None
) -> list[dict[str, Any]]:
    """The offending rows with the most money, as far as their key is the table's own."""
    if rule.table == "products" and by_product is not None:
        ranked = rows.drop("amount").left_join(by_product, "product_id")
        ranked = ranked.select(key=ranked.key, money=ranked.revenue)
    else:
        ranked = rows.select(key=rows.key, money=rows.amount)
    top = ranked.order_by([ibis.desc(ibis.coalesce(ranked.money, 0.0)), ranked.key]).limit(EXAMPLES)
    keys = [(row["key"], row["money"]) for row in store.arrow(top).to_pylist()]
    key = next(name for name in _SHOWN[rule.table] if name.endswith("_id"))
    table = store[rule.table]
    full = table.filter(table[key].isin([k for k, _ in keys])).select(*_SHOWN[rule.table])
    by_key = {row[key]: row for row in store.arrow(full).to_pylist()}
    shown = []
    for value, money in keys:
        row = by_key.get(value, {"key": value})
        clean = {k: str(v) for k, v in row.items() if v is not None}
        if money:
            clean["revenue"] = f"{money:,.2f}"
        shown.append(clean)
    return shown


def _accounts(store: Store) -> str:
    """What does not add up, as a sentence; '' when everything does."""
    for account in store.manifest.accounts:
        if not account.adds_up:
            return (
                f"{account.file}: {account.rows_in:,} rows came in, but {account.kept:,} were kept "
                f"and {account.quarantined:,} quarantined."
            )
    for import_id in {a.import_id for a in store.manifest.accounts if a.quarantined}:
        path = store.quarantine_path / f"{import_id}.csv"
        if not path.is_file():
            return f"{path} is missing: the rows that were quarantined then cannot be shown."
    return ""


def _quarantined(store: Store) -> list[Finding]:
    rows_in = sum(a.rows_in for a in store.manifest.accounts)
    held = sum(a.quarantined for a in store.manifest.accounts)
    if not held:
        return []
    share = held / rows_in
    return [
        Finding(
            code="quarantined",
            table="imports",
            severity="warning" if share >= 0.001 else "note",
            title="Rows in quarantine",
            sentence=f"{held:,} of {rows_in:,} imported rows ({_percent(share)}) could not be "
            "kept.",
            cure=f"Look at {store.quarantine_path}, mend the rows, and import them again.",
            rows=held,
            share_of_rows=round(share, 6),
            revenue=0.0,
            share_of_revenue=0.0,
            examples=[
                {"file": a.file, "quarantined": f"{a.quarantined:,}", "import": a.import_id}
                for a in store.manifest.accounts
                if a.quarantined
            ][:EXAMPLES],
        )
    ]


def _numbered(sentence: str, count: int) -> str:
    """A sentence for one row in the singular.

    >>> _numbered("1 products (0.1 %) have no image.", 1)
    '1 product (0.1 %) has no image.'
    """
    if count != 1:
        return sentence
    sentence = re.sub(
        r"^1 (products|events|purchases|sales|lines|refunds|sessions|offers|customers|gaps)",
        lambda found: "1 " + found[1][:-1],
        sentence,
    )
    for many, one in ((" have ", " has "), (" name ", " names "), (" were ", " was "),
                      (" are ", " is "), (" cost ", " costs "), (" share ", " shares "),
                      (" look ", " looks "), (" last ", " lasts "), (" equal ", " equals "),
                      (" do not ", " does not ")):  # fmt: skip
        sentence = sentence.replace(many, one, 1)
    return sentence


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.1f} %"
