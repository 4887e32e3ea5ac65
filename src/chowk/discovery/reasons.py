"""A reason: a sentence that a person can read, and the thing in it that can be taken away.

A reason is given only for what was used: taking its product or attribute away makes the score fall,
and `fall` says by how much. It is a string, so that a list of them can be shown as it is.
"""

from __future__ import annotations

from typing import Any, Self

from .identity import Id


class Reason(str):
    """Why a product is recommended.

    Attributes
    ----------
    kind : `known`, `with`, `like`, `back`, `content`, `history`, `popular`, `attribute`.
    product_id : the product that speaks for it, or None.
    fall : how much the score falls without it; 0 where it was not measured.

    Examples
    --------
    >>> reason = Reason("like your tent", kind="history", product_id="tent", fall=0.2)
    >>> print(reason, reason.product_id)
    like your tent tent
    """

    kind: str
    product_id: Id | None
    fall: float

    def __new__(
        cls, text: str, *, kind: str, product_id: Id | None = None, fall: float = 0.0
    ) -> Self:
        made = super().__new__(cls, text)
        made.kind, made.product_id, made.fall = kind, product_id, fall
        return made

    def document(self) -> dict[str, Any]:
        """The reason as JSON takes it."""
        return {
            "text": str(self),
            "kind": self.kind,
            "product_id": self.product_id,
            "fall": self.fall,
        }
