"""What past decisions are called: one meaning for the many words that moderators' tools use.

A label comes in; whether the message was allowed comes out, or None where the label says neither.
"""

from __future__ import annotations

#: Words for a message that was kept from others, and for one that was shown.
DENIED = frozenset(
    "deny denied hold held remove removed reject rejected block blocked delete deleted "
    "toxic spam 1 true".split()
)
ALLOWED = frozenset(
    "allow allowed approve approved keep kept ok clean ham pass passed 0 false".split()
)


def decided(label: str | None) -> bool | None:
    """Whether a label says that the message was allowed; None when it says neither.

    >>> decided("approved"), decided("Removed"), decided("maybe")
    (True, False, None)
    """
    said = (label or "").strip().lower()
    return True if said in ALLOWED else False if said in DENIED else None
