"""What can be set, from where it came, and how it is checked.

A setting is looked for in this order, the later one wins: its default, the store's `chowk.toml`,
the environment (`CHOWK_` and the name in capitals, dots as underscores), a flag. `Settings` keeps
the origin of each value, and `chowk config` prints it.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chowk.errors import SettingsError

from . import iso4217

Value = str | int | float | bool


def _currency(value: Value) -> str | None:
    return None if str(value) in iso4217.CODES else "an ISO 4217 code such as EUR or INR"


def _zone(value: Value) -> str | None:
    try:
        zoneinfo.ZoneInfo(str(value))
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError with two parents
        return "an IANA zone such as Asia/Kolkata"
    except KeyError:
        return "an IANA zone such as Asia/Kolkata"
    return None


def _between(low: float, high: float) -> Callable[[Value], str | None]:
    def check(value: Value) -> str | None:
        return None if low <= float(value) <= high else f"a number in [{low:.12g}, {high:.12g}]"

    return check


def _field_weights(value: Value) -> str | None:
    text = str(value).replace(" ", "")
    one = r"(title|brand|category|attributes|description)=(10|\d)"
    if text in ("", "learned") or re.fullmatch(rf"{one}(,{one})*", text):
        return None
    return "'learned', or a field and a whole number in [0, 10] each, as in 'title=3, brand=2'"


def _address(value: Value) -> str | None:
    text = str(value)
    if not text or re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/\-]*)?", text):
        return None
    return "empty, or http(s)://host, with a port and a path where it has them"


def _hook(value: Value) -> str | None:
    text = str(value)
    if not text or re.fullmatch(r"(https?|smtp|smtp\+plain)://[^\s/]+\S*", text):
        return None
    return "empty, https://host/path, or smtp://user:password@host:port"


def _any(value: Value) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, default (whose type it keeps), meaning and rule."""

    name: str
    default: Value
    doc: str
    rule: Callable[[Value], str | None] = _any


SETTINGS: tuple[Setting, ...] = (
    Setting("name", "My store", "What the console calls the store."),
    Setting("currency", "EUR", "Currency of prices that name none (ISO 4217).", _currency),
    Setting("time_zone", "UTC", "Zone of times that carry none (IANA).", _zone),
    Setting("locale", "en", "Language of titles (BCP 47)."),
    Setting("engine.url", "duckdb", "duckdb, or spark://host:7077."),
    Setting("engine.memory_mb", 2048, "Memory limit of DuckDB, MiB.", _between(128, 1e7)),
    Setting(
        "build.holdout_days", 28, "Days at the end kept back to judge models.", _between(1, 3650)
    ),
    Setting("build.seed", 0, "Seed of everything random in a build.", _between(0, 2**31 - 1)),
    Setting("build.keep", 3, "Builds kept on disk.", _between(2, 100)),
    Setting(
        "store.keep_hours",
        24.0,
        "How long an unused table version is kept, hours.",
        _between(0, 1e5),
    ),
    Setting(
        "search.weights",
        "",
        "How often a word of each field of a product counts, as in 'title=3, brand=2, category=2, "
        "attributes=2, description=1' (what is not named stays so; 0 leaves a field out), or "
        "'learned': what the log's choices are surely better served by.",
        _field_weights,
    ),
    Setting(
        "search.encoder",
        "",
        "Empty for one trained on the store's titles, or the folder or name of a model for "
        "sentence-transformers.",
    ),
    Setting(
        "discovery.depth",
        "quick",
        "What a build tries for journeys and complements: quick (seconds), learned (minutes), or "
        "neural (the transformer too; it needs the extra neural).",
        lambda v: None if v in ("quick", "learned", "neural") else "one of quick, learned, neural",
    ),
    Setting(
        "discovery.encoder",
        "",
        "Empty, or the folder or name of a model for sentence-transformers: journeys then read "
        "products' texts with it, where that finds more.",
    ),
    Setting("serve.host", "127.0.0.1", "Address that the server listens on."),
    Setting("serve.port", 8000, "Port that the server listens on.", _between(0, 65535)),
    Setting("serve.workers", 1, "Server processes.", _between(1, 256)),
    Setting("serve.max_body_kb", 4096, "Largest request body, KiB.", _between(1, 1e6)),
    Setting("serve.timeout_seconds", 30.0, "Longest time an answer may take.", _between(0.1, 3600)),
    Setting(
        "serve.requests_per_second",
        0.0,
        "Requests that one key may make of one server process; 0 for no limit.",
        _between(0, 1e6),
    ),
    Setting(
        "serve.cors_origins",
        "",
        "Origins whose pages may call /v1 from a browser, parted by commas; empty for none.",
    ),
    Setting(
        "serve.public_url",
        "",
        "The address under which others reach the server, such as https://shop.example behind a "
        "proxy that ends TLS; empty for the one that a request came to.",
        _address,
    ),
    Setting("journal.url", "", "Empty for the store's own journal.db, or postgresql://…"),
    Setting(
        "journal.keep_days", 7.0, "How long folded journal rows are kept, days.", _between(0, 3650)
    ),
    Setting("desk.url", "", "Empty for the store's own desk.db, or postgresql://…"),
    Setting(
        "moderation.model",
        "",
        "Empty for the packaged model of AutoMod; else a file that scripts/train_automod.py or "
        "train_automod_bytes.py wrote, by its path in the store's folder.",
    ),
    Setting(
        "notices.hook",
        "",
        "Where pick-up notices go: empty for nowhere, https://host/path (a webhook), or "
        "smtp://user:password@host:587 (smtp+plain://host:25 for a relay of your own without TLS).",
        _hook,
    ),
    Setting(
        "notices.secret",
        "",
        "Signs what the webhook of pick-up notices gets (HMAC-SHA256). Better in the environment "
        "than in a file; `chowk config` does not show it.",
    ),
    Setting(
        "notices.allow_hosts",
        "",
        "Hosts of your own network that the webhook may be, parted by commas.",
    ),
    Setting("notices.sender", "", "The address that pick-up notices by mail come from."),
    Setting(
        "log.level",
        "info",
        "debug, info, warning, error.",
        lambda v: (
            None
            if v in ("debug", "info", "warning", "error")
            else "one of debug, info, warning, error"
        ),
    ),
    Setting(
        "log.format",
        "text",
        "text for people, json for machines.",
        lambda v: None if v in ("text", "json") else "text or json",
    ),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def variable(name: str) -> str:
    """The environment variable of a setting.

    >>> variable("serve.port")
    'CHOWK_SERVE_PORT'
    """
    return "CHOWK_" + name.upper().replace(".", "_")


def strays(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that look like a setting's and are none, each with the one it may have meant.

    They are told, not refused: an orchestrator puts variables of its own beside a service's.

    >>> strays({"CHOWK_SERVE_PROT": "80", "CHOWK_SERVE_PORT": "80", "CHOWK_TEST_EXTRAS": "none"})
    {'CHOWK_SERVE_PROT': 'CHOWK_SERVE_PORT'}
    """
    known = [variable(setting.name) for setting in SETTINGS]
    environment = os.environ if environment is None else environment
    found = {}
    for key in sorted(environment):
        if key.startswith("CHOWK_") and key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.85)
            if near:
                found[key] = near[0]
    return found


#: The types of settings in words.
_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


def checked(name: str, value: Any, origin: str) -> Value:
    """`value` in the setting's own type, or a SettingsError that names the origin and the rule."""
    setting = _BY_NAME.get(name)
    if setting is None:
        near = [known for known in _BY_NAME if known.split(".")[-1] == name.split(".")[-1]]
        hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(_BY_NAME)}."
        raise SettingsError(f"{origin} sets {name!r}, which is not a setting.{hint}")
    wanted = type(setting.default)
    try:
        if wanted is bool and isinstance(value, str):
            cast: Value = {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        elif isinstance(value, bool) is not (wanted is bool):
            raise ValueError
        elif wanted is int and isinstance(value, float) and not value.is_integer():
            raise ValueError  # 1.5 is not 1
        else:
            cast = wanted(value)
    except (ValueError, KeyError, TypeError):
        raise SettingsError(
            f"{origin} sets {name} to {_masked(name, value)!r}; it must be {_KINDS[wanted]}."
        ) from None
    broken = setting.rule(cast)
    if broken is not None:
        shown = _masked(name, value)
        raise SettingsError(f"{origin} sets {name} to {shown!r}; it must be {broken}.")
    return cast


def _masked(name: str, value: Any) -> Any:
    """A value without what is secret in it, for people and for errors."""
    if name.endswith(".secret") and value:
        return "***"
    if not isinstance(value, str):
        return value
    if name == "notices.hook":
        value = re.sub(r"\?.+", "?***", value)
    return re.sub(r"(?<=://)([^\s/@:]*):\S*@", r"\1:***@", value)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


class Settings(Mapping[str, Value]):
    """The settings in force, each with the place that it came from.

    Examples
    --------
    >>> settings = Settings({"currency": ("INR", "flag")})
    >>> settings["currency"], settings.origin("currency"), settings.origin("locale")
    ('INR', 'flag', 'default')
    """

    def __init__(self, values: Mapping[str, tuple[Value, str]] | None = None) -> None:
        self._values: dict[str, tuple[Value, str]] = {
            setting.name: (setting.default, "default") for setting in SETTINGS
        }
        self._values.update(values or {})

    def __getitem__(self, name: str) -> Value:
        return self._values[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def origin(self, name: str) -> str:
        """Where the value came from: default, a file, an environment variable, or a flag."""
        return self._values[name][1]

    def text(self, name: str) -> str:
        """The value as a string."""
        return str(self[name])

    def shown(self, name: str) -> Value:
        """The value as people may see it: of a secret, of a password in a URL and of what stands
        behind the hook's question mark, only stars.

        >>> Settings({"notices.secret": ("s3", "flag")}).shown("notices.secret")
        '***'
        """
        shown: Value = _masked(name, self[name])
        return shown

    def integer(self, name: str) -> int:
        """The value as an int."""
        return int(self[name])

    def number(self, name: str) -> float:
        """The value as a float."""
        return float(self[name])

    @classmethod
    def load(
        cls,
        file: Path | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, Any] | None = None,
    ) -> Settings:
        """Read `file` (chowk.toml), then the environment, then `flags`."""
        values: dict[str, tuple[Value, str]] = {}
        if file is not None:
            try:
                tree = tomllib.loads(file.read_text("utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"{file} is not valid TOML: {error}. Mend it, or restore it from a backup."
                ) from None
            tree.pop("format", None)
            for name, value in _flat(tree):
                values[name] = (checked(name, value, str(file)), str(file))
        environment = os.environ if environment is None else environment
        for setting in SETTINGS:
            key = variable(setting.name)
            if key in environment:
                origin = f"environment {key}"
                values[setting.name] = (checked(setting.name, environment[key], origin), origin)
        for name, value in (flags or {}).items():
            if value is not None:
                values[name] = (checked(name, value, "flag"), "flag")
        return cls(values)


def toml(format_version: int, values: Mapping[str, Value]) -> str:
    """The text of a `chowk.toml` that holds `values` (dotted names become tables)."""

    def shown(value: Value) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'
        return str(value)

    lines = [f"format = {format_version}"]
    top = {name: value for name, value in values.items() if "." not in name}
    lines += [f"{name} = {shown(value)}" for name, value in top.items()]
    for section in dict.fromkeys(name.split(".")[0] for name in values if "." in name):
        lines += ["", f"[{section}]"]
        lines += [
            f"{name.split('.', 1)[1]} = {shown(value)}"
            for name, value in values.items()
            if name.startswith(section + ".")
        ]
    return "\n".join(lines) + "\n"
