"""The file of complementary pairs: pages, order, and what is left out."""

import csv

import chowk
from chowk.discovery.complements import HEAD, write_complementary


def test_pages_their_complements_and_what_is_left_out(tmp_path):
    rows = [("phone", None, True), ("case-red", "case", True), ("case-blue", "case", True),
            ("charger", None, True), ("old", None, False)]  # fmt: skip
    pairs = [("phone", "case-red", 0.4, 5), ("phone", "case-blue", 0.9, 5),
             ("phone", "charger", 0.6, 9), ("phone", "old", 0.9, 9), ("charger", "phone", 0.2, 1),
             ("case-red", "case-blue", 0.9, 9), ("case-red", "phone", 0.1, 3),
             ("case-blue", "ghost", 0.9, 9)]  # fmt: skip
    with chowk.create(tmp_path / "shop") as store:
        store.write("products", [{"product_id": p, "title": p, "group_id": g, "available": a}
                                 for p, g, a in rows])  # fmt: skip
        with store.transaction() as change:
            import pyarrow as pa

            from chowk.store import schema

            made = [{"source": s, "target": t, "kind": "bought_together", "score": x, "baskets": n}
                    for s, t, x, n in pairs]  # fmt: skip
            change.replace(
                "related_pairs",
                pa.Table.from_pylist(made, schema.TABLES["related_pairs"].arrow),
            )
        path = tmp_path / "complements.csv"
        assert write_complementary(store, path) == 2
        with path.open(newline="") as handle:
            assert list(csv.reader(handle)) == [
                list(HEAD), ["case", "phone"], ["phone", "case; charger"]]  # fmt: skip
        assert write_complementary(store, path, k=1, least=1) == 3
        assert "phone,case\n" in path.read_text()


def test_what_is_hidden_or_sold_out_is_nobodys_complement(tmp_path):
    import pyarrow as pa

    from chowk.store import schema

    made = [
        {"source": "phone", "target": t, "kind": "bought_together", "score": x, "baskets": 5}
        for t, x in (("case", 0.9), ("charger", 0.8), ("cable", 0.7), ("stand", 0.6))
    ]
    made.append({**made[0], "source": "stand", "target": "cable"})  # fmt: skip
    offers = [("o1", "charger", 0), ("o2", "charger", 0), ("o3", "cable", 0), ("o4", "cable", 2),
              ("o5", "stand", None)]  # fmt: skip
    with chowk.create(tmp_path / "shop") as store, store.transaction() as change:
        names = ("phone", "case", "charger", "cable", "stand")
        change.replace("products", [{"product_id": p, "title": p} for p in names])
        change.replace("offers", [{"offer_id": o, "product_id": p, "region": "IN", "stock": n}
                                  for o, p, n in offers])  # fmt: skip
        change.replace(
            "related_pairs", pa.Table.from_pylist(made, schema.TABLES["related_pairs"].arrow)
        )
    path = tmp_path / "complements.csv"
    with chowk.open(tmp_path / "shop") as store:
        write_complementary(store, path, hidden=["case"])
        assert path.read_text().splitlines()[1:] == ["phone,cable; stand", "stand,cable"]
        write_complementary(store, path, hidden=["case", "stand"])
        assert path.read_text().splitlines()[1:] == ["phone,cable"]
