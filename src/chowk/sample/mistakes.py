"""Errors made on purpose: what goes wrong in a catalogue and in typing, each recorded in the truth.

`spoil` changes a few rows of a catalogue, by the kinds of the seed's split; `misspell` changes one
letter of a word. Which kinds belong to which split stands in `parameters`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .goods import COLOURS, GOODS
from .parameters import PRODUCT_ERRORS, Parameters, Split

if TYPE_CHECKING:
    from .products import Shelf

_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def spoil(shelf: Shelf, rng: np.random.Generator, numbers: Parameters, split: Split) -> None:
    """Put the split's errors into `numbers.errors` of the rows each; at most one a product.

    `shelf.rows` changes, `shelf.errors` says what the truth was. The two kinds that concern
    pictures are only recorded here; `pictures` acts on them.
    """
    kinds = PRODUCT_ERRORS[split]
    draw = rng.random(len(shelf))
    which = (draw / numbers.errors).astype(int) if numbers.errors else np.full(len(shelf), 99)
    for row in np.flatnonzero(which < len(kinds)).tolist():
        name = kinds[which[row]]
        changed = _spoiled(shelf, row, name, rng)
        if changed is None:
            continue
        column, truth = changed
        shelf.errors.append(
            {"product_id": shelf.ids[row], "error": name, "column": column, "truth": truth}
        )


def _spoiled(shelf: Shelf, row: int, name: str, rng: np.random.Generator) -> tuple[str, str] | None:
    """Make one error; the column and what truly stood there, or None where it cannot be made."""
    rows = shelf.rows
    title, brand = rows["title"][row], rows["brand"][row]
    path: str = rows["category"][row]
    facts = dict(rows["attributes"][row])
    colour = shelf.facts[row].get("colour")
    if name == "title_shouted":
        rows["title"][row] = title.upper()
        return "title", title
    if name == "title_cut" and len(title) > 24:
        rows["title"][row] = title[:24].rstrip(" ,")
        return "title", title
    if name == "category_sibling":
        parent = path.split(" > ")[0] + " > "
        near = [g.path for g in GOODS if g.path.startswith(parent) and g.path != path]
        if not near:
            return None
        rows["category"][row] = near[int(rng.integers(len(near)))]
        return "category", path
    if name == "category_parent":
        rows["category"][row] = path.rpartition(" > ")[0]
        return "category", path
    if name == "brand_missing":
        rows["brand"][row] = None
        return "brand", brand
    if name == "brand_misspelt":
        rows["brand"][row] = misspell(brand, "letters_swapped", rng)
        return "brand", brand
    if name == "attribute_wrong":
        others = [c for c in COLOURS if c != colour]
        facts["colour"] = others[int(rng.integers(len(others)))]
        rows["attributes"][row] = facts
        return "attributes.colour", colour or ""
    if name == "attribute_swapped" and colour is not None:
        facts.pop("colour", None)
        facts["material"] = colour
        rows["attributes"][row] = facts
        return "attributes.material", shelf.facts[row].get("material", "")
    if name in ("image_missing", "image_of_another"):
        return "image", f"images/{shelf.ids[row]}.jpg"
    return None


def misspell(word: str, kind: str, rng: np.random.Generator) -> str:
    """One letter of `word` wrong; words of three letters or fewer stay.

    >>> misspell("saree", "letter_doubled", np.random.default_rng(0))
    'sareee'
    """
    if len(word) < 4:
        return word
    at = int(rng.integers(1, len(word) - 1))
    if kind == "letter_left_out":
        return word[:at] + word[at + 1 :]
    if kind == "letter_doubled":
        return word[:at] + word[at] + word[at:]
    if kind == "letters_swapped":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    row = next((keys for keys in _KEYBOARD if word[at].lower() in keys), "")
    if not row:
        return word
    near = row.index(word[at].lower()) + (1 if rng.random() < 0.5 else -1)
    return word[:at] + row[min(max(near, 0), len(row) - 1)] + word[at + 1 :]
