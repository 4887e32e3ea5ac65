"""`Rules`: each alone, and the order that is kept."""

import pytest

from chowk.discovery.rules import Rules
from chowk.errors import ParameterError

RANKED = [("a", 0.9), ("b", 0.8), ("c", 0.7), ("d", 0.6)]
FACTS = {"a": {"brand": "Sol", "category": "x"}, "b": {"brand": "Sol", "category": "y"},
         "c": {"brand": "Lux", "category": "x"}, "d": None}  # fmt: skip


def test_without_rules_the_list_is_cut():
    assert Rules().first(RANKED, 3) == RANKED[:3]
    assert Rules().first(RANKED, 9) == RANKED


def test_each_rule_alone():
    assert Rules(available=lambda one: one != "a").first(RANKED, 2) == RANKED[1:3]
    assert Rules(hidden={"b", "c"}).first(RANKED, 9) == [RANKED[0], RANKED[3]]
    assert Rules(per_brand=1).first(RANKED, 9, FACTS.get) == [RANKED[0], *RANKED[2:]]
    assert Rules(per_category=1).first(RANKED, 9, FACTS.get) == [*RANKED[:2], RANKED[3]]
    with pytest.raises(ParameterError, match="per_brand"):
        Rules(per_brand=0)
