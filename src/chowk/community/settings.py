"""A channel's settings: how strict, by category; a change says only what it changes.

Levels run from 0 (off) to 4 (strictest). At level L a message is held when its severity in that
category is 5 - L or more: level 1 holds only the worst, level 4 the mildest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chowk.errors import parameter

from .severity import CATEGORIES

#: What a new channel has: every harm at level 2, swearing off.
DEFAULTS = {category: 0 if category == "swearing" else 2 for category in CATEGORIES}
#: Names that other tools use for the same categories.
ALIASES = {
    "race_ethnicity_or_religion": "race-ethnicity-religion",
    "sexuality_sex_or_gender": "sexuality-sex-gender",
    "sex_based_terms": "sex-based-terms",
    "sex-based terms": "sex-based-terms",
}


@dataclass(frozen=True)
class ChannelSettings:
    """One channel's settings.

    Attributes
    ----------
    overall : a level for every category that has none of its own; None for the defaults.
    levels : levels by category.
    band : from 0 to 1; how much of the doubtful the moderators can take. 0.5 holds where a mistake
        either way costs the same; more holds more.
    learning : whether the moderators' decisions move this channel's thresholds.

    Examples
    --------
    >>> settings = ChannelSettings().merged({"swearing": 2}).merged({"bullying": 4})
    >>> settings.level("swearing"), settings.level("bullying"), settings.level("misogyny")
    (2, 4, 2)
    """

    overall: int | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    band: float = 0.5
    learning: bool = True

    def level(self, category: str) -> int:
        """The level that holds for a category."""
        if category in self.levels:
            return self.levels[category]
        if self.overall is not None:
            return self.overall
        return DEFAULTS[category]

    def merged(self, change: Mapping[str, Any]) -> ChannelSettings:
        """These settings with a change; what it does not name stays. A level of None is forgotten.

        Raises
        ------
        ParameterError : an unknown name, or a level that is none.
        """
        if not isinstance(change, Mapping):
            raise parameter("settings", "change", "names with their levels", change)
        levels = dict(self.levels)
        other: dict[str, Any] = {}
        flat = dict(change)
        nested = flat.pop("levels", None)
        if isinstance(nested, Mapping):
            flat.update(nested)
        elif nested is not None:
            raise parameter("settings", "levels", "categories with their levels", nested)
        for name, value in flat.items():
            name = ALIASES.get(name, name)
            if name in CATEGORIES:
                if value is None:
                    levels.pop(name, None)
                else:
                    levels[name] = _level(name, value)
            elif name in ("overall", "overall_level"):
                other["overall"] = None if value is None else _level("overall", value)
            elif name == "band":
                if (
                    isinstance(value, bool)
                    or not isinstance(value, (int, float))
                    or not 0 <= value <= 1
                ):
                    raise parameter("settings", "band", "a number in [0, 1]", value)
                other["band"] = float(value)
            elif name == "learning":
                if not isinstance(value, bool):
                    raise parameter("settings", "learning", "true or false", value)
                other["learning"] = value
            else:
                known = ", ".join((*CATEGORIES, "overall", "band", "learning"))
                raise parameter("settings", name, f"one of {known}", value)
        return replace(self, levels=levels, **other)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON has them, every category with the level that holds."""
        return {
            "overall": self.overall,
            "levels": {category: self.level(category) for category in CATEGORIES},
            "band": self.band,
            "learning": self.learning,
        }


def _level(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 4:
        raise parameter("settings", name, "a level from 0 to 4", value)
    return value
