"""Public tweets made ready: entities as letters, re-tweet marks and addresses out of the way."""

from __future__ import annotations

import html
import re

_RETWEET = re.compile(r"^[!\"\s]*RT @\w+:?\s*|\bRT @\w+:?")


def cleaned(tweet: str) -> str:
    """A tweet as its author typed it.

    >>> cleaned('!!! RT @shop: kettles &amp; cups')
    'kettles & cups'
    """
    return " ".join(_RETWEET.sub(" ", html.unescape(tweet)).split())
