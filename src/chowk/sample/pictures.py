"""Product pictures, drawn: a shape for each kind of goods, in its colour and pattern, on a ground.

Shapes are drawn once, large, and shrunk (which smooths their edges); a picture is then put together
from arrays: ground, body in colour and pattern, trim, light and grain. `paint` writes one JPEG a
product and notes its path in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from .goods import COLOURS, GOODS, PATTERNS
from .parameters import generator
from .shapes import outline
from .world import World

#: Width and height of a picture.
SIZE = 128
_RGB = np.array(list(COLOURS.values()), np.float32)
_NEUTRAL = np.array([170, 165, 160], np.float32)


def paint(world: World, folder: Path, tell: Callable[[float], None]) -> None:
    """Draw all pictures into `folder`, and put their paths into `world.shelf.rows["image"]`.

    Paths are relative to the store. Products whose error is a missing picture get none; those
    whose error is a foreign one point to another product's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shelf = world.shelf
    rng = generator(world.seed, "pictures")
    wrong = {row["product_id"]: row["error"] for row in shelf.errors if row["column"] == "image"}
    here = [f"{folder.name}/{name}.jpg" for name in shelf.ids]
    for row, name in enumerate(shelf.ids):
        error = wrong.get(name)
        picture = draw(
            GOODS[shelf.kind[row]].shape,
            int(shelf.colour[row]),
            PATTERNS[shelf.pattern[row]] if shelf.pattern[row] >= 0 else "solid",
            rng,
            ringed=shelf.facts[row].get("style") == "Bandhani",
        )
        if error != "image_missing":
            shelf.rows["image"][row] = here[row]
            picture.save(folder / f"{name}.jpg", quality=80)
        if error == "image_of_another" and len(shelf) > 1:
            shelf.rows["image"][row] = here[
                (row + 1 + int(rng.integers(len(shelf) - 1))) % len(shelf)
            ]
        if row % 100 == 0:
            tell(row / len(shelf))


def draw(
    shape: str, colour: int, pattern: str, rng: np.random.Generator, *, ringed: bool = False
) -> Image.Image:
    """One picture of SIZE x SIZE.

    Parameters
    ----------
    shape : a name of `shapes.SHAPES`.
    colour : row of `COLOURS`, −1 for a neutral grey.
    pattern : one of `PATTERNS`.
    ringed : cover the cloth with small tied dots, as Bandhani is.
    """
    moved = tuple(rng.integers(-4, 5, 2).tolist())
    body, trim = (
        np.roll(mask, moved, (0, 1))
        for mask in _masks(shape, int(rng.integers(3)), bool(rng.random() < 0.5))
    )
    base = _RGB[colour] if colour >= 0 else _NEUTRAL
    second = base * 0.55 if base.mean() > 140 else np.minimum(base * 0.45 + 150, 255)
    shift = tuple(rng.integers(0, 16, 2).tolist())
    weave = np.roll(_weave("ringed" if ringed else pattern), shift, (0, 1))[..., None]
    skin = base * (1 - 0.85 * weave) + second * 0.85 * weave
    light = np.linspace(1.08, 0.86, SIZE, dtype=np.float32)[:, None, None]
    picture = _ground(int(rng.integers(len(_GROUNDS))))
    shadow = np.zeros_like(body)
    shadow[5:, 4:] = 0.22 * body[:-5, :-4]
    picture = picture * (1 - shadow)
    picture = picture * (1 - body) + skin * light * body
    dark = base.mean() < 110
    edge = np.array([225, 220, 210] if dark else [45, 42, 48], np.float32)
    picture = picture * (1 - trim) + edge * trim
    picture = picture * rng.uniform(0.88, 1.06) + rng.normal(0, 2.5, (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


@cache
def _masks(shape: str, variant: int, flipped: bool) -> tuple[np.ndarray, np.ndarray]:
    """Body and trim of a shape as [SIZE, SIZE, 1] in [0, 1]."""
    body, trim = outline(shape, variant)
    masks = []
    for image in (body, trim):
        small = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        values = np.asarray(small, np.float32)[..., None] / 255
        masks.append(values[:, ::-1] if flipped else values)
    return masks[0], masks[1]


@cache
def _weave(pattern: str) -> np.ndarray:
    """A pattern as [SIZE, SIZE] in [0, 1]: where the second colour lies."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    u, v = x % 16 - 7.5, y % 16 - 7.5
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    shapes: dict[str, np.ndarray] = {
        "striped": x % 12 < 4,
        "checked": 0.5 * (x % 16 < 6) + 0.5 * (y % 16 < 6),
        "dotted": radius < 3.2,
        "floral": (radius < 2.5 + 3 * np.abs(np.cos(2.5 * angle))) & (radius > 1.4),
        "paisley": (np.hypot(u + 0.25 * v, v) < 5.5) & (np.hypot(u + 2, v - 2) > 3.2),
        "zigzag": (y + 2 * np.abs(x % 12 - 6)) % 12 < 4,
        "ringed": (np.hypot(x % 8 - 3.5, y % 8 - 3.5) < 2.6)
        & (np.hypot(x % 8 - 3.5, y % 8 - 3.5) > 0.9),
    }
    found = shapes.get(pattern)
    return np.zeros((SIZE, SIZE), np.float32) if found is None else found.astype(np.float32)


_GROUNDS = ("white", "studio", "pastel", "wood", "night")


@cache
def _ground(which: int) -> np.ndarray:
    """A ground as [SIZE, SIZE, 3]."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    ground = np.ones((SIZE, SIZE, 3), np.float32)
    name = _GROUNDS[which]
    if name == "white":
        ground *= 252
    elif name == "studio":
        ground *= (245 - 60 * np.hypot(x - 0.5, y - 0.4))[..., None]
    elif name == "pastel":
        ground *= np.array([226, 234, 240], np.float32)
    elif name == "wood":
        grain = 12 * np.sin(40 * y + 5 * np.sin(7 * x)) + 8 * (y * 4 % 1 < 0.05)
        ground = ground * np.array([206, 178, 146], np.float32) + grain[..., None]
    else:
        ground = ground * np.array([196, 188, 198], np.float32) - (25 * y)[..., None]
    return ground
