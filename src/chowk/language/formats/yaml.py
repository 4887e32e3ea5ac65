"""YAML for the formats that are written in it: safe loading, and dumping that keeps lines readable.

In: text. Out: plain values, and nothing but plain values, whatever a file says.
"""

from __future__ import annotations

from typing import Any

from chowk.errors import ImportFormatError

#: Ends of lines to YAML beside the plain one.
_BREAKS = frozenset("\r\x85\u2028\u2029")


def load(text: str, where: str) -> Any:
    """The one document of a file."""
    return load_all(text, where)[0]


def load_all(text: str, where: str) -> list[Any]:
    """All documents of a file, at least one."""
    import yaml

    try:
        found = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, RecursionError) as error:
        raise ImportFormatError(f"{where} is not YAML: {' '.join(str(error).split())}.") from None
    return found or [None]


def dump(value: Any) -> str:
    """One document; texts of several lines as blocks."""
    return dump_all([value], explicit=False)


def dump_all(values: list[Any], *, explicit: bool = True) -> str:
    """Documents, each under `---` when `explicit`."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """Blocks for texts of several lines."""

    def put(dumper: Any, text: str) -> Any:
        # What YAML takes for an end of line would come back as another one, or as a space.
        style = '"' if _BREAKS.intersection(text) else "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, put)
    found: str = yaml.dump_all(
        values, Dumper=Dumper, allow_unicode=True, sort_keys=False, explicit_start=explicit,
        width=10_000,
    )  # fmt: skip
    return found
