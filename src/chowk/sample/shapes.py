"""The outlines of goods: for each shape a body, which takes colour and pattern, and a trim.

Coordinates are in hundredths of the picture's side. A shape is a few polygons, ellipses and lines;
`outline` draws it at double size in one of three variants that differ in width and height.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageDraw

_SIDE = 256
_STRETCH = ((1.0, 1.0), (0.9, 1.05), (1.06, 0.92))


class Pen:
    """Draws on a body and a trim at once, in hundredths of the side."""

    def __init__(self, wide: float, high: float) -> None:
        self._wide, self._high = wide, high
        self.body = Image.new("L", (_SIDE, _SIDE))
        self.trim = Image.new("L", (_SIDE, _SIDE))
        self._on = {"body": ImageDraw.Draw(self.body), "trim": ImageDraw.Draw(self.trim)}

    def _at(self, points: tuple[float, ...]) -> list[float]:
        scale = (self._wide, self._high)
        return [(50 + (value - 50) * scale[i % 2]) * _SIDE / 100 for i, value in enumerate(points)]

    def poly(self, *points: float, on: str = "body", ink: int = 255) -> None:
        """A filled polygon of x, y, x, y …"""
        self._on[on].polygon(self._at(points), fill=ink)

    def oval(self, *box: float, on: str = "body", ink: int = 255) -> None:
        """A filled ellipse in a box left, top, right, bottom."""
        self._on[on].ellipse(self._at(box), fill=ink)

    def box(self, *box: float, on: str = "body", ink: int = 255, round_: float = 3) -> None:
        """A filled rectangle with round corners."""
        self._on[on].rounded_rectangle(self._at(box), round_ * _SIDE / 100, fill=ink)

    def line(self, *points: float, on: str = "trim", width: float = 1.2) -> None:
        """A line through x, y, x, y …"""
        self._on[on].line(self._at(points), fill=255, width=round(width * _SIDE / 100))

    def ring(self, *box: float, on: str = "trim", width: float = 2.0) -> None:
        """The rim of an ellipse."""
        self._on[on].ellipse(self._at(box), outline=255, width=round(width * _SIDE / 100))


def _top(pen: Pen, hem: float, sleeve: float, flare: float) -> None:
    """A garment for the upper body: shirt, kurta, coat."""
    pen.poly(38, 16, 62, 16, 72, 22, 66 + flare, hem, 34 - flare, hem, 28, 22)
    pen.poly(28, 22, 38, 16, 36, 34, 22, sleeve, 14, sleeve - 4)
    pen.poly(72, 22, 62, 16, 64, 34, 78, sleeve, 86, sleeve - 4)


def _drape(pen: Pen) -> None:
    pen.poly(30, 12, 58, 10, 66, 40, 74, 90, 26, 90, 34, 44)
    pen.poly(58, 10, 70, 14, 84, 78, 74, 80)
    pen.line(30, 12, 60, 46, 74, 88, width=2.5)
    pen.line(26, 88, 74, 88, width=3)


def _tunic(pen: Pen) -> None:
    _top(pen, 84, 50, 4)
    pen.line(50, 16, 50, 36)


def _skirt(pen: Pen) -> None:
    pen.poly(38, 14, 62, 14, 62, 28, 38, 28)
    pen.poly(40, 36, 60, 36, 90, 90, 10, 90)
    pen.line(12, 87, 88, 87, width=3)


def _dress(pen: Pen) -> None:
    pen.poly(40, 12, 60, 12, 64, 40, 80, 90, 20, 90, 36, 40)
    pen.line(36, 40, 64, 40, width=2)


def _scarf(pen: Pen) -> None:
    pen.poly(22, 16, 78, 16, 78, 30, 62, 32, 66, 86, 48, 88, 46, 34, 22, 30)
    for x in range(49, 66, 4):
        pen.line(x, 86, x, 92)


def _shirt(pen: Pen) -> None:
    _top(pen, 80, 66, 0)
    pen.line(50, 18, 50, 80)
    pen.poly(42, 14, 50, 22, 58, 14, on="trim")


def _tee(pen: Pen) -> None:
    _top(pen, 80, 42, 0)
    pen.oval(42, 11, 58, 21, on="trim")


def _coat(pen: Pen) -> None:
    _top(pen, 90, 72, 3)
    pen.line(50, 16, 50, 90, width=1.5)
    for y in (34, 48, 62):
        pen.oval(52, y, 55, y + 3, on="trim")


def _trousers(pen: Pen) -> None:
    pen.poly(30, 10, 70, 10, 74, 92, 56, 92, 50, 36, 44, 92, 26, 92)
    pen.line(30, 14, 70, 14, width=2)


def _shoe(pen: Pen) -> None:
    pen.poly(10, 40, 34, 38, 52, 54, 84, 60, 92, 72, 10, 72)
    pen.box(8, 70, 94, 78, on="trim", round_=3)
    for x in (38, 44, 50):
        pen.line(x, 46 + (x - 38), x + 8, 42 + (x - 38), width=1.6)


def _sandal(pen: Pen) -> None:
    pen.oval(12, 60, 90, 80)
    pen.line(26, 64, 44, 40, 60, 62, width=5, on="body")
    pen.line(60, 64, 74, 48, 84, 66, width=4, on="body")
    pen.line(14, 76, 88, 76, width=2)


def _bag(pen: Pen) -> None:
    pen.ring(32, 8, 68, 54, on="body", width=4)
    pen.poly(16, 36, 84, 36, 90, 86, 10, 86)
    pen.line(14, 48, 86, 48, width=1.5)


def _pack(pen: Pen) -> None:
    pen.ring(40, 6, 60, 26, on="body", width=3)
    pen.box(22, 16, 78, 90, round_=16)
    pen.box(30, 56, 70, 82, on="trim", round_=5)
    pen.box(32, 58, 68, 80, round_=4)


def _watch(pen: Pen) -> None:
    pen.box(40, 6, 60, 94, round_=4)
    pen.oval(28, 28, 72, 72)
    pen.oval(33, 33, 67, 67, on="trim")
    pen.line(50, 50, 50, 38, on="body", width=1.5)
    pen.line(50, 50, 60, 54, on="body", width=1.5)


def _jewel(pen: Pen) -> None:
    for x in (30, 70):
        pen.ring(x - 5, 12, x + 5, 24, width=1.5)
        pen.poly(x - 4, 26, x + 4, 26, x + 15, 58, x - 15, 58)
        for step in (-12, -4, 4, 12):
            pen.oval(x + step - 3, 60, x + step + 3, 68)


def _glasses(pen: Pen) -> None:
    pen.oval(8, 36, 46, 68)
    pen.oval(54, 36, 92, 68)
    pen.line(44, 46, 50, 42, 56, 46, width=3)
    pen.line(12, 46, 9, 40, width=3)
    pen.line(88, 46, 91, 40, width=3)


def _phone(pen: Pen) -> None:
    pen.box(30, 8, 70, 92, round_=6)
    pen.box(33, 13, 67, 87, on="trim", round_=3)
    pen.oval(48, 9, 52, 12, on="trim")


def _case(pen: Pen) -> None:
    pen.box(28, 8, 72, 92, round_=9)
    pen.box(33, 13, 46, 32, on="trim", round_=4)


def _charger(pen: Pen) -> None:
    pen.box(30, 30, 70, 78, round_=6)
    pen.box(38, 14, 43, 30, on="trim", round_=1)
    pen.box(57, 14, 62, 30, on="trim", round_=1)
    pen.box(45, 66, 55, 70, on="trim", round_=1)


def _headphones(pen: Pen) -> None:
    pen.ring(18, 12, 82, 88, on="body", width=6)
    pen.poly(10, 62, 90, 62, 90, 100, 10, 100, ink=0)
    pen.box(12, 46, 30, 80, round_=8)
    pen.box(70, 46, 88, 80, round_=8)
    pen.box(26, 50, 32, 76, on="trim", round_=2)
    pen.box(68, 50, 74, 76, on="trim", round_=2)


def _speaker(pen: Pen) -> None:
    pen.box(28, 8, 72, 92, round_=6)
    pen.oval(34, 46, 66, 78, on="trim")
    pen.oval(43, 55, 57, 69)
    pen.oval(42, 18, 58, 34, on="trim")


def _laptop(pen: Pen) -> None:
    pen.box(18, 20, 82, 64, round_=3)
    pen.box(22, 24, 78, 60, on="trim", round_=1)
    pen.poly(14, 70, 86, 70, 92, 82, 8, 82)


def _sleeve(pen: Pen) -> None:
    pen.box(10, 24, 90, 78, round_=6)
    pen.line(12, 34, 88, 34, width=2)
    pen.box(80, 36, 84, 42, on="trim", round_=1)


def _mouse(pen: Pen) -> None:
    pen.oval(30, 12, 70, 90)
    pen.line(50, 14, 50, 44, width=1)
    pen.oval(47, 22, 53, 36, on="trim")


def _camera(pen: Pen) -> None:
    pen.box(34, 20, 60, 36, round_=3)
    pen.box(10, 30, 90, 80, round_=6)
    pen.oval(32, 34, 68, 76, on="trim")
    pen.oval(40, 43, 60, 67)


def _chip(pen: Pen) -> None:
    pen.poly(26, 10, 62, 10, 74, 24, 74, 90, 26, 90)
    for x in (32, 40, 48, 56):
        pen.box(x, 14, x + 4, 26, on="trim", round_=1)


def _pot(pen: Pen) -> None:
    pen.box(16, 38, 84, 82, round_=10)
    pen.oval(16, 28, 84, 46)
    pen.oval(45, 20, 55, 30, on="trim")
    pen.box(8, 46, 16, 54, on="trim", round_=3)
    pen.box(84, 46, 92, 54, on="trim", round_=3)


def _machine(pen: Pen) -> None:
    pen.poly(28, 10, 72, 10, 72, 26, 46, 26, 46, 74, 76, 74, 76, 90, 24, 90, 24, 26)
    pen.box(50, 44, 72, 72, on="trim", round_=3)


def _mug(pen: Pen) -> None:
    pen.ring(58, 34, 90, 70, on="body", width=6)
    pen.box(18, 22, 70, 84, round_=6)
    pen.oval(20, 19, 68, 29, on="trim")


def _sheet(pen: Pen) -> None:
    pen.poly(14, 30, 74, 22, 90, 74, 26, 86)
    pen.line(20, 50, 80, 42, width=1)
    pen.line(23, 68, 85, 58, width=1)


def _cushion(pen: Pen) -> None:
    pen.poly(12, 12, 50, 18, 88, 12, 82, 50, 88, 88, 50, 82, 12, 88, 18, 50)


def _lamp(pen: Pen) -> None:
    pen.poly(14, 58, 86, 58, 66, 82, 34, 82)
    pen.oval(14, 52, 86, 66)
    pen.poly(50, 14, 60, 40, 50, 54, 40, 40, on="trim")


def _pouch(pen: Pen) -> None:
    pen.poly(24, 12, 76, 12, 82, 90, 18, 90)
    pen.line(24, 20, 76, 20, width=2)
    pen.box(32, 38, 68, 66, on="trim", round_=4)


def _jar(pen: Pen) -> None:
    pen.box(24, 28, 76, 88, round_=8)
    pen.box(26, 14, 74, 28, on="trim", round_=3)


def _box(pen: Pen) -> None:
    pen.box(10, 30, 90, 78, round_=2)
    pen.line(50, 30, 50, 78, width=4)
    pen.line(10, 54, 90, 54, width=4)


def _bottle(pen: Pen) -> None:
    pen.box(34, 34, 66, 92, round_=7)
    pen.poly(44, 22, 56, 22, 60, 36, 40, 36)
    pen.box(43, 8, 57, 22, on="trim", round_=2)


def _ball(pen: Pen) -> None:
    pen.oval(14, 14, 86, 86)
    pen.line(24, 26, 46, 50, 24, 76, width=1.8)
    pen.line(76, 26, 54, 50, 76, 76, width=1.8)


#: What draws each shape.
SHAPES: Mapping[str, Callable[[Pen], None]] = MappingProxyType(
    {
        "drape": _drape, "tunic": _tunic, "skirt": _skirt, "dress": _dress, "scarf": _scarf,
        "shirt": _shirt, "tee": _tee, "trousers": _trousers, "coat": _coat, "shoe": _shoe,
        "sandal": _sandal, "bag": _bag, "pack": _pack, "watch": _watch, "jewel": _jewel,
        "glasses": _glasses, "phone": _phone, "case": _case, "charger": _charger,
        "headphones": _headphones, "speaker": _speaker, "laptop": _laptop, "sleeve": _sleeve,
        "mouse": _mouse, "camera": _camera, "chip": _chip, "pot": _pot, "machine": _machine,
        "mug": _mug, "sheet": _sheet, "cushion": _cushion, "lamp": _lamp, "pouch": _pouch,
        "jar": _jar, "box": _box, "bottle": _bottle, "ball": _ball,
    }
)  # fmt: skip


def outline(shape: str, variant: int) -> tuple[Image.Image, Image.Image]:
    """The body and the trim of a shape, as grey pictures of 256 x 256."""
    pen = Pen(*_STRETCH[variant % len(_STRETCH)])
    SHAPES[shape](pen)
    return pen.body, pen.trim
