"""Made addresses of the United States with known parts, for the parser that ships.

In go a seed; out come labelled addresses with the label names that the country's open parsers use
(AddressNumber, StreetName, PlaceName …). Everything is drawn from lists gathered by hand.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from .labels import Example, Span

_STREETS = """
    Main Oak Maple Cedar Elm Pine Washington Lake Hill Park View Walnut Spring North Ridge Church
    Willow Meadow Forest Highland Johnson River Jackson Center Sunset Railroad Lincoln Cherry
    Jefferson Franklin Madison Adams Broad Mill Spruce Prospect Chestnut College Market Dogwood
    Grove Magnolia Valley Sycamore Hickory Birch Poplar Liberty Union State Clark Monroe Court
    Bridge Harrison Wilson Martin King Luther Dr Davis Cleveland Grant Kennedy Roosevelt Vine Ash
    Cottonwood Canyon Rose Pleasant Colonial Cambridge Oxford Dover Fairview Holly Laurel Locust
    Mulberry Summit Woodland Juniper Peachtree Broadway Michigan Sheridan Ashland Halsted Damen
    Western Clinton Douglas Lexington
""".split()
_TYPES = """
    St Street St. Ave Avenue Ave. Rd Road Rd. Blvd Boulevard Dr Drive Ln Lane Ct Court Pl Place
    Ter Terrace Way Cir Circle Pkwy Parkway Hwy Highway Sq Square Trl Trail Loop Pike Row Run Xing
    Aly
""".split()
_DIRECTIONS = "N S E W N. S. E. W. North South East West NE NW SE SW N.E. S.W. Northwest".split()
_PRE_TYPES = ("Highway", "Hwy", "US Highway", "State Route", "Route", "County Road", "Interstate",
              "Rte", "State Highway", "Avenue", "SR", "CR", "US")  # fmt: skip
_UNITS = (
    "Apt Apt. Apartment Suite Ste Ste. Unit # Floor Fl Room Rm Bldg Building Lot Trailer".split()
)
_CITIES = """
    New_York Los_Angeles Chicago Houston Phoenix Philadelphia San_Antonio San_Diego Dallas
    San_Jose Austin Jacksonville Fort_Worth Columbus Charlotte San_Francisco Indianapolis Seattle
    Denver Washington Boston El_Paso Nashville Detroit Portland Las_Vegas Memphis Louisville
    Baltimore Milwaukee Albuquerque Tucson Fresno Sacramento Kansas_City Mesa Atlanta Omaha
    Colorado_Springs Raleigh Miami Long_Beach Oakland Minneapolis Tulsa Tampa New_Orleans Wichita
    Cleveland St._Louis Saint_Paul Pittsburgh Anchorage Honolulu Newark Lincoln Toledo Orlando
    Buffalo Madison Evanston Springfield Rochester Salem Fairfield Greenville Bristol Clinton
    Georgetown Franklin Oak_Park Mount_Vernon Lake_Forest Santa_Fe Salt_Lake_City Grand_Rapids
    Ann_Arbor Des_Moines Little_Rock Baton_Rouge Sioux_Falls North_Hollywood Boise Richmond
    Spokane Fremont Yonkers Aurora Worcester Mobile Akron Tacoma Fontana Moreno_Valley Glendale
    Huntington_Beach Garland Chandler Laredo Durham Lubbock Irvine Hialeah Reno Scottsdale
""".split()
_STATES = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM
    NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC
""".split()
_STATE_NAMES = """
    Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia
    Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts
    Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada New_Hampshire New_Jersey
    New_Mexico New_York North_Carolina Ohio Oklahoma Oregon Pennsylvania Rhode_Island
    South_Carolina Tennessee Texas Utah Vermont Virginia Washington West_Virginia Wisconsin
    Wyoming
""".split()
_PEOPLE = """
    James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard
    Susan Joseph Jessica Smith Johnson Williams Brown Jones Garcia Miller Davis Lopez Wilson
    Anderson Taylor Moore Lee Clark Lewis Walker Hall Young Allen Wright Scott Hill Green
""".split()
_BUILDINGS = """
    Tower Building Plaza Center Hall Mall House Arms Towers Court Complex Hospital
""".split()


def american(count: int, *, seed: int = 0) -> Iterator[Example]:
    """So many made addresses; the same seed draws the same ones."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _one(rng)


def _one(r: random.Random) -> Example:
    parts: list[tuple[str, str, str]] = []  # value, label, what stands before it

    def add(value: str, label: str, joint: str = " ") -> None:
        parts.append((value.replace("_", " "), label, joint))

    comma = r.choice((", ", ", ", " "))
    if r.random() < 0.08:
        add(" ".join(r.choice(_PEOPLE) for _ in range(r.randrange(2, 4))), "Recipient")
    if r.random() < 0.04:
        add(f"{r.choice(_STREETS)} {r.choice(_BUILDINGS)}", "BuildingName", comma)
    if r.random() < 0.06:
        add(r.choice(("PO Box", "P.O. Box", "P O Box", "Box", "POB")), "USPSBoxType", comma)
        add(str(r.randrange(1, 99999)), "USPSBoxID")
    else:
        if r.random() < 0.95:
            number = str(r.randrange(1, 10 ** r.randrange(2, 6)))
            add(number + r.choice(("",) * 20 + ("A", "-12", " 1/2")), "AddressNumber", comma)
        if r.random() < 0.3:
            add(r.choice(_DIRECTIONS), "StreetNamePreDirectional")
        kind = r.random()
        if kind < 0.08:
            add(r.choice(_PRE_TYPES), "StreetNamePreType")
            add(str(r.randrange(1, 500)), "StreetName")
        else:
            if kind < 0.3:
                n = r.randrange(1, 199)
                last = (
                    "th"
                    if n % 100 in (11, 12, 13)
                    else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
                )
                add(f"{n}{last}", "StreetName")
            else:
                count = 1 if r.random() < 0.75 else 2
                add(" ".join(r.choice(_STREETS) for _ in range(count)), "StreetName")
            if r.random() < 0.92:
                add(r.choice(_TYPES), "StreetNamePostType")
        if r.random() < 0.07:
            add(r.choice(_DIRECTIONS), "StreetNamePostDirectional")
        if r.random() < 0.2:
            kind_ = r.choice(_UNITS)
            label = (
                "SubaddressType"
                if kind_ in ("Bldg", "Building", "Floor", "Fl")
                else "OccupancyType"
            )
            identifier = "SubaddressIdentifier" if label[0] == "S" else "OccupancyIdentifier"
            if kind_ == "#":
                add(f"#{r.randrange(1, 999)}", "OccupancyIdentifier", r.choice((comma, " ")))
            else:
                add(kind_, label, r.choice((comma, " ")))
                add(
                    r.choice(
                        (
                            str(r.randrange(1, 2500)),
                            r.choice("ABCDEFGH"),
                            f"{r.randrange(1, 40)}{r.choice('ABC')}",
                        )
                    ),
                    identifier,
                )
    if r.random() < 0.92:
        add(r.choice(_CITIES), "PlaceName", comma)
        if r.random() < 0.85:
            add(
                r.choice(_STATES if r.random() < 0.85 else _STATE_NAMES),
                "StateName",
                r.choice((", ", " ")),
            )
    if r.random() < 0.85:
        add(
            f"{r.randrange(501, 99951):05d}"
            + (f"-{r.randrange(10000):04d}" if r.random() < 0.1 else ""),
            "ZipCode",
        )
    if r.random() < 0.03:
        add(r.choice(("USA", "United States", "US", "U.S.A.")), "CountryName", comma)
    text, spans = "", []
    for value, label, joint in parts:
        text += joint if text else ""
        spans.append(Span(label, len(text), len(text) + len(value)))
        text += value
    return Example(text, tuple(spans))
