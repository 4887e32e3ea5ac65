"""A saved recommender answers as the one that was saved, and a damaged one is refused."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.delivery import PackageRecommender
from chowk.errors import ArtifactError, NotFittedError


def test_a_saved_model_answers_the_same(fitted, made, tmp_path):
    fitted.save(tmp_path / "kept")
    assert {p.suffix for p in (tmp_path / "kept").iterdir()} == {".json", ".npz"}
    again = PackageRecommender.load(tmp_path / "kept")
    assert np.array_equal(again.damage(made.products), fitted.damage(made.products))
    first, second = (m.assign(made.products, confidence=0.9) for m in (fitted, again))
    assert first.table.equals(second.table) and first.totals == second.totals
    assert again.notes_ == fitted.notes_ and again.package_types_ == fitted.package_types_
    strangers = made.products.drop_columns(["product_id"]).append_column(
        "product_id", [[f"new {k}" for k in range(len(made.products))]]
    )
    assert np.array_equal(again.damage(strangers), fitted.damage(strangers))


def test_what_is_no_model_is_refused(fitted, tmp_path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        PackageRecommender.load(tmp_path)
    fitted.save(tmp_path)
    (tmp_path / "packaging.npz").write_bytes(b"PK")
    with pytest.raises(ArtifactError, match="Fit and save it again"):
        PackageRecommender.load(tmp_path)
    with pytest.raises(NotFittedError):
        PackageRecommender().save(tmp_path)
