"""The pretended registry: it has every image, except those whose name says that it has not.

So a failing pull can be shown without a network: an image whose repository or tag contains one of `ABSENT_WORDS` as
a word of its own (`nginx:nope`, `team/does-not-exist`) is answered as a real registry answers an unknown one.
"""

from __future__ import annotations

import re

from app.core.errors import InvalidInput, Permanent
from app.core.images import parse_image

ABSENT_WORDS = ("nope", "does-not-exist", "doesnotexist", "nonexistent", "no-such", "missing", "invalid")

_ABSENT = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(ABSENT_WORDS)})(?![a-z0-9])", re.IGNORECASE)


def canonical(image: str) -> str:
    """One spelling for equal images. Raises `Permanent` (InvalidImageName)."""
    try:
        return parse_image(image).canonical
    except InvalidInput as error:
        raise Permanent(f"invalid reference format: {error}", reason="InvalidImageName") from error


def family(image: str) -> str:
    """The repository's last part, which says what runs inside: `ghcr.io/team/nginx:2` is `nginx`."""
    return parse_image(image).repository.rpartition("/")[2]


def says_absent(text: str) -> bool:
    """The text itself says that there is no such thing."""
    return _ABSENT.search(text) is not None


def unknown_image(image: str) -> Permanent:
    """What a registry answers for an image it does not have."""
    return Permanent(f"manifest for {image} not found: manifest unknown: manifest unknown", reason="ErrImagePull")
