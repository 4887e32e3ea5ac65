"""Who infected whom, which test tells most, the lists of a day, and what may be published."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import InputError, ParameterError
from chowk.health import (
    Crisp,
    daily_contacts,
    distance,
    expected_information,
    group_risk,
    infectors,
    kept,
    pseudonyms,
    today,
    unobserved,
    unrecorded,
)
from health.enumeration import Case, joint, states

SMALL = Case(3, 5, ((0, 1, 1, 1), (1, 2, 2, 2), (0, 2, 2, 1)), ((1, 3, True),), p0=0.1, p1=0.5)


def test_infectors_are_those_of_the_enumeration():
    case = SMALL
    found, weights, _ = joint(case)
    wanted = {0: 0.0, 1: 0.0, "outside": 0.0}
    outside, each = -np.log(1 - case.p0), -np.log(1 - case.p1)
    for trace, weight in zip(found, weights, strict=True):
        e = trace[2, 0]
        if e == case.days:
            continue
        hazard = {"outside": outside}
        for a, b, day, count in case.contacts:
            if e > 0 and day == e - 1 and 2 in (a, b):
                other = a if b == 2 else b
                if trace[other, 1] <= day < trace[other, 2]:
                    hazard[other] = each * count
        for source, h in hazard.items():
            wanted[source] += weight * h / sum(hazard.values())
    crisp = Crisp(3, 5, case.contacts, case.tests, **case.law)
    ours = infectors(crisp, crisp.sample(6000, burn_in=50, seed=1), 2)
    assert {line.person: line.probability for line in ours} == pytest.approx(wanted, abs=0.04)
    assert all(line.day == 2 for line in ours if line.person in (0, 1))
    with pytest.raises(InputError, match="no person 9"):
        infectors(crisp, crisp.sample(1), 9)


def test_information_is_the_mutual_information_of_the_enumeration():
    case = SMALL
    found, weights, _ = joint(case)
    state = states(found, case.days)[:, 0, 3]
    rate = np.where(state == 2, 1 - case.false_negative_rate, case.false_positive_rate)
    total = 0.0
    for likelihood in (rate, 1 - rate):
        marginal = (weights * likelihood).sum()
        total += (weights * likelihood * np.log2(likelihood / marginal)).sum()
    p = weights[state == 2].sum()
    law = {k: case.law[k] for k in ("false_negative_rate", "false_positive_rate")}
    assert expected_information(p, **law) == pytest.approx(total, rel=1e-9)


def test_lists_keep_to_their_capacities_and_say_why():
    people = [f"p{k}" for k in range(8)]
    contacts = [("p0", f"p{k}", day, 5) for k in range(1, 6) for day in (2, 3)]
    tests = [("p0", 2, True), ("p0", 3, True), ("p1", 8, True), ("p1", 9, True), ("p7", 9, False)]
    crisp = Crisp(people, 10, contacts, tests, p0=0.01, p1=0.15)
    drawn = crisp.sample(800, seed=1)
    lists = today(crisp, drawn, tests=3, places=3, threshold=0.2, quarantined=["p7"])
    assert [line.action for line in lists.tests] == ["test"] * 3
    assert [line.action for line in lists.quarantine] == ["release"] + ["quarantine"] * 3
    assert lists.quarantine[0].person == "p7"
    assert {line.person for line in lists.quarantine[1:]} >= {"p0", "p1"}
    risks = [line.risk for line in lists.quarantine[1:]]
    assert risks == sorted(risks, reverse=True)
    said = {line.person: line.reason for line in (*lists.tests, *lists.quarantine)}
    assert said["p1"].endswith("tested positive on day 9")
    others = [reason for person, reason in said.items() if person in {"p2", "p3", "p4", "p5"}]
    assert others
    assert all("most likely infected by p0 on day" in reason for reason in others)
    told = today(crisp, drawn, tests=2, places=0, by="information", name=lambda _: "someone")
    bits = [float(line.reason.split("tells ")[1].split()[0]) for line in told.tests]
    assert bits == sorted(bits, reverse=True)
    assert told.quarantine == []


def test_lists_refuse_what_makes_no_sense():
    crisp = Crisp(2, 3)
    drawn = crisp.sample(2)
    nan = float("nan")
    wrong = ({"threshold": nan}, {"release": 2}, {"day": 1.5}, {"threshold": "high"})
    for options in ({"tests": -1}, {"places": True}, {"by": "luck"}, {"day": 3}, *wrong):
        with pytest.raises(ParameterError):
            today(crisp, drawn, **options)


# -- privacy ---------------------------------------------------------------------------------------


def test_pseudonyms_hang_on_the_key():
    one, other = b"0" * 16, b"1" * 16
    ids = [f"person {k}" for k in range(500)]
    assert pseudonyms(ids, one) == pseudonyms(ids, one)
    assert len(set(pseudonyms(ids, one)) | set(pseudonyms(ids, other))) == 1000
    with pytest.raises(ParameterError, match="at least 16 bytes") as refused:
        pseudonyms(ids, b"secret")
    assert "secret" not in str(refused.value)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=40), st.integers(2, 8))
def test_no_small_group_is_published_nor_to_be_had_by_subtraction(groups, minimum):
    found = group_risk([0.5] * len(groups), groups, minimum=minimum)
    withheld = [name for name, value in found.items() if value is None]
    assert all(groups.count(name) >= minimum for name, value in found.items() if value is not None)
    assert len(withheld) != 1 or len(found) == 1


def test_who_is_not_there_counts_in_no_group():
    risk = [0.5, float("nan"), 0.5, 0.1, 0.1]
    found = group_risk(risk, ["a", "a", "b", "b", "c"], minimum=2)
    assert found == {"a": None, "b": pytest.approx(0.3), "c": None}


def test_what_is_old_is_not_kept():
    rows = pa.table({"day": [0, 5, 6, 7], "person": [1, 2, 3, 4]})
    assert kept(rows, today=7, retention_days=2)["person"].to_pylist() == [3, 4]


# -- proximity -------------------------------------------------------------------------------------


def test_records_become_minutes_once_a_slot():
    records = [(t, 7, 3) for t in range(0, 600, 20)] + [(t, 3, 7) for t in range(0, 300, 20)]
    found = daily_contacts([*records, (86_400 + 40, 3, 9)], start=0).to_pylist()
    assert found == [
        {"person_a": 3, "person_b": 7, "day": 0, "minutes": 10.0},
        {"person_a": 3, "person_b": 9, "day": 1, "minutes": pytest.approx(1 / 3)},
    ]
    assert Crisp(10, 2, daily_contacts(records)).levels.minutes.tolist() == [10.0]


def test_records_that_break_a_rule():
    with pytest.raises(InputError, match="row 1: b must be another device than a"):
        daily_contacts([(0, 1, 2), (20, 3, 3)])
    with pytest.raises(InputError, match="row 0: t must be at least 100"):
        daily_contacts([(0, 1, 2)], start=100)
    with pytest.raises(InputError, match="row 1: signal must be a number"):
        daily_contacts([(0, 1, 2, -60.0), (20, 1, 2, float("nan"))])
    assert daily_contacts([]).num_rows == 0


def test_signals_become_metres_with_their_uncertainty():
    found = distance([-59.0, -65.0, -79.0])
    assert found.metres == pytest.approx([1.0, 2.0, 10.0], rel=0.01)
    assert found.high / found.low == pytest.approx(3.98, rel=0.01)
    rows = daily_contacts([(0, 1, 2, -59.0), (20, 1, 2, -59.0)]).to_pylist()
    assert rows[0]["metres"] == pytest.approx(1.0)


def test_missing_phones_raise_the_outside():
    assert unobserved(0.01, 0.0, 0.1, 10, 0.1) == pytest.approx(0.01)
    assert unobserved(0.0, 0.5, 0.1, 10, 0.1) == pytest.approx(1 - 0.9**0.5)


def test_phones_that_are_missing_stand_for_contacts_that_nobody_saw():
    met = [("ann", "bob", 0, 4), ("ann", "cid", 1, 2), ("ann", "bob", 2, 6), ("bob", "cid", 2, 2)]
    found = unrecorded(met, p1=0.2, prevalence=0.1, share_missing=0.5)
    rows = {(r["person"], r["day"]): r for r in found.to_pylist()}
    # Half of all carry no phone: as many contacts again. Bob's was off on day 1: his mean, twice.
    assert rows["ann", 0]["contacts"] == pytest.approx(4)
    assert rows["bob", 1]["contacts"] == pytest.approx(2 * (4 + 8) / 2)
    assert rows["bob", 1]["probability"] == pytest.approx(1 - 0.98**12)
    crisp = Crisp(["ann", "bob", "cid"], 3, met, p0=0.0, prevalence=0.0, unobserved=found)
    drawn = crisp.sample(4000, burn_in=20, seed=1)
    assert drawn.risk(2)[1] > 0.15
    assert infectors(crisp, drawn, "bob")[0].person == "unrecorded"
    # Whose phone was on met nobody.
    heard = [{"person": name, "day": day} for name in ("ann", "bob", "cid") for day in range(3)]
    assert not unrecorded(met, p1=0.2, prevalence=0.1, heard=heard).num_rows
    with pytest.raises(ParameterError, match="share_missing"):
        unrecorded(met, p1=0.2, prevalence=0.1, share_missing=1.0)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ((0, 1, 1.5), r"unobserved: row 0: probability must be a number in \[0, 1\]"),
        ((0, 9, 0.5), "unobserved: row 0: day must be"),
        ((7, 1, 0.5), "unobserved: row 0: person must be"),
        ((0, 1, float("nan")), "unobserved: row 0: probability"),
    ],
)
def test_unobserved_rows_that_break_a_rule(row, sentence):
    with pytest.raises(InputError, match=sentence):
        Crisp(2, 3, unobserved=[row])
