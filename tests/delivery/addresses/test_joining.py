"""Buildings across spellings: groups known by construction, and laws of a partition."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery import BuildingRegister, join_buildings
from chowk.delivery.addresses.joining import wing_of
from chowk.errors import ParameterError

PIN = "411045"
NAMES = st.sampled_from(["Sai Krupa", "sai krupa apts", "Lotus 2", "Gokul CHS", "x", ""])


def groups(*names):
    return join_buildings(names, [PIN] * len(names)).tolist()


@pytest.mark.parametrize(
    "names",
    [
        ("Sai Krupa Apartments", "SAI KRUPA APTS", "Sai Kripa Apt.", "sai krupa", "SaiKrupa Apts"),
        ("Green Heights", "GREEN HIGHTS", "Green  Heights Bldg"),
        ("Shri Ram Bhavan", "Shree Ram Bhawan", "SRI RAM BHAWAN"),
        ("Gokul Society", "गोकुल सोसायटी"),
    ],
)
def test_spellings_of_one_building_join(names):
    assert set(groups(*names)) == {0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sai Heights", "Sai Residency"),
        ("Lotus Tower 1", "Lotus Tower 2"),
        ("Tower I Lotus", "Tower II Lotus"),
        ("Gokul Society", "Vrindavan Society"),
    ],
)
def test_different_buildings_stay_apart(one, other):
    assert groups(one, other) == [0, 1]


def test_wings_are_parts_of_one_building():
    names = ["Sai Krupa Apts", "Sai Krupa Apts A Wing", "B-Wing, Sai Krupa Apts",
             "Wing 1 Sai Krupa", "Sai Krupa Apts, विंग C", "wing 2 SAI KRUPA APT"]  # fmt: skip
    assert set(groups(*names)) == {0}
    assert [wing_of(name) for name in names] == ["", "A", "B", "1", "C", "2"]
    assert groups("Om A Wing", "Gokul A Wing") == [0, 1], "a wing's letter joins nothing"
    assert groups("A Wing", "B Wing") == [0, 1], "of buildings that are not named"
    assert wing_of("Dr Wing Road, Lawing 2, 12 Wingate") == ""


def test_a_name_without_a_kind_does_not_bridge_two():
    found = groups("Sai Krupa Heights", "Sai Krupa Residency", "Sai Krupa")
    assert found[0] != found[1]


def test_other_pin_codes_never_join():
    assert join_buildings(["Sai Krupa"] * 2, ["411045", "411046"]).tolist() == [0, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["411045", "411046"])), max_size=12),
    st.randoms(),
)  # fmt: skip
def test_the_order_of_mentions_does_not_matter(mentions, rng: random.Random):
    def partition(rows):
        found = join_buildings([name for name, _ in rows], [pin for _, pin in rows])
        return {
            frozenset(rows[at] for at in range(len(rows)) if found[at] == g) for g in set(found)
        }

    shuffled = list(mentions)
    rng.shuffle(shuffled)
    assert partition(mentions) == partition(shuffled)
    found = join_buildings([n for n, _ in mentions], [p for _, p in mentions]).tolist()
    assert sorted(set(found)) == list(range(len(set(found))))


def test_the_register_knows_who_lives_where():
    register = BuildingRegister.of(
        ["a", "b", "c"],
        ["Flat 2, Sai Krupa Apartments, Baner, Pune 411045",
         "Flat 9, SAI KRUPA APTS, Baner, Pune 411045",
         "12, MG Road, Camp, Pune 411001"],
    )  # fmt: skip
    (building,) = register.buildings
    assert building.address_ids == ("a", "b")
    assert register.find("sai kripa apts") == [building] == register.find(building.building_id)
    assert register.find("sai krupa", "411001") == []


def test_wrong_parameters_are_named():
    with pytest.raises(ParameterError, match="'postcodes'"):
        join_buildings(["a"], [])
    with pytest.raises(ParameterError, match="'threshold'"):
        join_buildings(["a"], ["1"], threshold=0)
    with pytest.raises(ParameterError, match="'threshold'"):
        join_buildings(["a"], ["1"], threshold="x")
    with pytest.raises(ParameterError, match="'texts'"):
        BuildingRegister.of(["a"], [])


def test_a_column_of_a_frame_keeps_its_own_order():
    names, pins = pd.Series(["Sai Apts", "Om Towers"], [7, 9]), pd.Series(["1", "1"], [7, 9])
    assert join_buildings(names, pins).tolist() == [0, 1]
