"""Where the sample store's Indian customers live, as they typed it, and whether parcels got there.

Real localities, towns and PIN codes, with made houses. A quarter of the addresses have one fault of
a known kind, which is truth that the store never sees; the chance that a first attempt fails is the
fault's. All numbers stand here, and were set before a system saw them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .places import INDIA, REGIONS
from .world import World

#: At most so many addresses: the oldest customers'.
ROWS = 2_000
#: State to town to its localities with their PIN codes.
TOWNS: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]] = {
    "Gujarat": {
        "Ahmedabad": (("Navrangpura", "380009"), ("Ellisbridge", "380006"), ("Paldi", "380007"),
                      ("Sabarmati", "380005"), ("Maninagar", "380008")),
        "Surat": (("Adajan", "395009"), ("Nanpura", "395001")),
    },
    "Rajasthan": {
        "Jaipur": (("Malviya Nagar", "302017"), ("Vaishali Nagar", "302021"),
                   ("Mansarovar", "302020"), ("Raja Park", "302004")),
        "Jodhpur": (("Ratanada", "342011"),),
    },
    "Maharashtra": {
        "Mumbai": (("Dadar West", "400028"), ("Andheri East", "400069"), ("Kurla West", "400070"),
                   ("Bandra West", "400050")),
        "Pune": (("Kothrud", "411038"), ("Hadapsar", "411028"), ("Yerwada", "411006")),
    },
    "Karnataka": {
        "Bengaluru": (("Jayanagar", "560011"), ("Malleswaram", "560003"),
                      ("Indiranagar", "560038"), ("Rajajinagar", "560010"),
                      ("Koramangala", "560034")),
        "Mysuru": (("Vijayanagar", "570017"), ("Kuvempunagar", "570023")),
    },
    "Tamil Nadu": {
        "Chennai": (("T Nagar", "600017"), ("Mylapore", "600004"), ("Adyar", "600020"),
                    ("Anna Nagar", "600040")),
        "Coimbatore": (("R S Puram", "641002"), ("Peelamedu", "641004")),
    },
    "Kerala": {
        "Kochi": (("Kadavanthra", "682020"), ("Edappally", "682024"), ("Thevara", "682013")),
        "Thiruvananthapuram": (("Ulloor", "695011"), ("Sasthamangalam", "695010")),
    },
    "Telangana": {
        "Hyderabad": (("Himayatnagar", "500029"), ("Ameerpet", "500016"),
                      ("Kukatpally", "500072"), ("Banjara Hills", "500034")),
        "Warangal": (("Hanamkonda", "506001"),),
    },
    "West Bengal": {
        "Kolkata": (("Ballygunge", "700019"), ("Salt Lake", "700064"), ("Behala", "700034"),
                    ("Shyambazar", "700004")),
        "Siliguri": (("Pradhan Nagar", "734003"),),
    },
    "Uttar Pradesh": {
        "Lucknow": (("Gomti Nagar", "226010"), ("Aliganj", "226024"), ("Hazratganj", "226001"),
                    ("Indira Nagar", "226016")),
        "Kanpur": (("Kidwai Nagar", "208011"), ("Swaroop Nagar", "208002")),
    },
    "Madhya Pradesh": {
        "Indore": (("Vijay Nagar", "452010"), ("Sudama Nagar", "452009")),
        "Bhopal": (("Arera Colony", "462016"),),
    },
    "Punjab": {
        "Ludhiana": (("Model Town", "141002"), ("Civil Lines", "141001")),
        "Amritsar": (("Ranjit Avenue", "143001"),),
    },
    "Delhi": {
        "New Delhi": (("Karol Bagh", "110005"), ("Lajpat Nagar", "110024"), ("Rohini", "110085"),
                      ("Dwarka", "110075"), ("Saket", "110017")),
    },
}  # fmt: skip
_BUILDINGS = ("Shanti Apartments", "Green View", "Sai Residency", "Lakshmi Nivas", "Rose Villa",
              "Ganga Towers", "Silver Heights", "Krishna Kunj", "Anand Bhavan",
              "Palm Grove")  # fmt: skip
_PREFIXES = ("", "H No ", "Flat ", "B-", "#")
_STREETS = ("2nd Cross", "4th Main", "Station Road", "Temple Street", "Gali No 3", "Ring Road",
            "Gandhi Marg", "Market Road", "School Lane", "Lake Road")  # fmt: skip
_LANDMARKS = ("near SBI ATM", "opp post office", "behind bus stand", "near water tank",
              "opposite Shiv Mandir", "next to medical store", "near govt school")  # fmt: skip
_FILLERS = ("same as before", "call me when you reach", "home", "my house", "as usual", "xyz", "na")
#: Share of addresses with each fault, the chance that a first attempt fails, and what is said then.
FAULTS: Mapping[str, tuple[float, float, str]] = {
    "": (0.75, 0.03, "customer not at home"),
    "no house": (0.07, 0.50, "house not found"),
    "no locality": (0.05, 0.60, "address incomplete"),
    "no PIN": (0.05, 0.20, "address incomplete"),
    "PIN of another state": (0.04, 0.70, "sent to another town"),
    "filler": (0.02, 0.95, "address incomplete"),
    "nonsense": (0.02, 0.90, "address incomplete"),
}


def doors(world: World, rng: np.random.Generator) -> Pages:
    """The tables `addresses` and `pickup_points`; the fault of each address as truth."""
    folk = world.folk
    indian = np.flatnonzero(INDIA[folk.region])
    people = np.sort(indian[np.argsort(folk.joined[indian], kind="stable")][:ROWS])
    kinds = list(FAULTS)
    shares = np.array([FAULTS[kind][0] for kind in kinds])
    drawn = rng.choice(len(kinds), len(people), p=shares / shares.sum())
    rows = []
    for row, fault in zip(people.tolist(), (kinds[k] for k in drawn), strict=True):
        state = REGIONS[folk.region[row]].name.partition("/")[2]
        town = _one(list(TOWNS[state]), rng)
        locality, pin = TOWNS[state][town][int(rng.integers(len(TOWNS[state][town])))]
        if fault == "PIN of another state":
            other = _one([name for name in TOWNS if TOWNS[name] is not TOWNS[state]], rng)
            pin = next(iter(TOWNS[other].values()))[0][1]
        fails = rng.random() < FAULTS[fault][1]
        rows.append(
            {
                "address_id": f"A-{folk.ids[row]}",
                "text": _written(state, town, locality, pin, fault, rng),
                "country": "IN",
                "region": state,
                "city": town,
                "postcode": None if fault in ("no PIN", "filler", "nonsense") else pin,
                "delivered": not fails,
                "failure_reason": FAULTS[fault][2] if fails else None,
                "attempts": 1 + (int(rng.integers(1, 3)) if fails else 0),
            }
        )
    truth = pa.table(
        {
            "address_id": [str(row["address_id"]) for row in rows],
            "fault": [kinds[k] or None for k in drawn],
        },
        schema=pa.schema([("address_id", pa.string()), ("fault", pa.string())]),
    )
    table = pa.Table.from_pylist(rows, schema.TABLES["addresses"].arrow)
    return Pages({"addresses": table, "pickup_points": _points()}, {"address_faults": truth})


def _points() -> pa.Table:
    """A shop that keeps parcels in every locality; where exactly is left out, not made up."""
    rows = [
        {"point_id": f"K{pin}", "name": f"{locality} parcel shop", "region": state, "postcode": pin}
        for state, towns in TOWNS.items()
        for localities in towns.values()
        for locality, pin in localities
    ]
    return pa.Table.from_pylist(rows, schema.TABLES["pickup_points"].arrow)


def _written(
    state: str, town: str, locality: str, pin: str, fault: str, rng: np.random.Generator
) -> str:
    """One address in one of the many orders and habits in which people write them."""
    if fault == "filler":
        return _one(_FILLERS, rng)
    if fault == "nonsense":
        return " ".join(
            "".join(_one("asdfghjkl", rng) for _ in range(rng.integers(3, 8))) for _ in range(2)
        )
    number = int(rng.integers(1, 400))
    house = f"{_one(_PREFIXES, rng)}{number}"
    parts = []
    if fault != "no house":
        parts.append(house)
        if rng.random() < 0.4:
            parts.append(_one(_BUILDINGS, rng))
    if fault != "no locality":
        if rng.random() < 0.6:
            parts.append(_one(_STREETS, rng))
        if rng.random() < 0.35:
            parts.append(_one(_LANDMARKS, rng))
        parts.append(locality)
    parts.append(town)
    if rng.random() < 0.4:
        parts.append(state)
    if fault != "no PIN":
        parts.append(pin)
    text = _one((", ", ", ", " ", ","), rng).join(parts)
    habit = rng.random()
    return text.lower() if habit < 0.25 else text.upper() if habit < 0.3 else text


def _one(values: Sequence[str], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]
