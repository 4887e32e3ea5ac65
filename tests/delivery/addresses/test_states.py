"""States that were parted from others: customers write the old name, and it is no contradiction."""

from __future__ import annotations

import pytest

from chowk.delivery.addresses.evidence import gather


@pytest.mark.parametrize(
    ("place", "pin"),
    [
        ("Raipur, Madhya Pradesh", "492001"),
        ("Raipur, Chhattisgarh", "492001"),
        ("Ranchi, Bihar", "834001"),
        ("Dehradun, Uttar Pradesh", "248001"),
        ("Hyderabad, Andhra Pradesh", "500001"),
        ("Leh, Jammu and Kashmir", "194101"),
    ],
)
def test_the_state_that_another_was_parted_from_agrees(place, pin):
    text = f"12, Station Road, {place}"
    whole, bare = gather(f"{text} {pin}").facts, gather(text).facts
    assert whole["pin_state"] and not whole["pin_not_state"] and not whole["pin_not_city"]
    assert not bare["city_not_state"]
    other = text.rpartition(",")[0] + ", Kerala"
    assert gather(f"{other} {pin}").facts["pin_not_state"] and gather(other).facts["city_not_state"]


def test_a_city_of_the_old_state_does_not_lie_in_the_new_ones_codes():
    assert gather("12, Station Road, Bhopal, Madhya Pradesh 492001").facts["pin_not_city"]
