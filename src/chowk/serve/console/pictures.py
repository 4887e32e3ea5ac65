"""Pictures of products, from the store's own folder and from nowhere else.

A product's `image` is followed only when it is a relative path that stays inside the store, names
an image by its suffix, and begins with the bytes of one. SVG is left out: it can hold scripts.
"""

from __future__ import annotations

from pathlib import Path

#: Suffix to media type and the bytes that such a file begins with.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    ".webp": ("image/webp", (b"RIFF",)),
}
#: Larger files are not shown, bytes.
LARGEST = 10 * 1024 * 1024


def local(image: object) -> bool:
    """Whether a product's `image` can be a file of the store."""
    return (
        isinstance(image, str)
        and "://" not in image
        and not image.startswith("/")
        and Path(image).suffix.lower() in KINDS
    )


def read(store: Path, image: object) -> tuple[bytes, str] | None:
    """The picture's bytes and media type, or None when it is not one that may be shown."""
    if not isinstance(image, str) or not local(image) or "\0" in image:
        return None
    inside = store.resolve()
    path = (inside / image).resolve()
    if not path.is_relative_to(inside) or not path.is_file():
        return None
    media, beginnings = KINDS.get(path.suffix.lower(), ("", ()))
    if not media or path.stat().st_size > LARGEST:
        return None
    content = path.read_bytes()
    return (content, media) if content.startswith(beginnings) else None
