"""Names and keys of ConfigMaps and Secrets, as whoever refers to them writes them. Source: `IsConfigMapKey`."""

from __future__ import annotations

import re

from app.core.errors import InvalidInput
from app.core.names import SUBDOMAIN_CHARS, check_app_name
from app.core.quoting import quoted

_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def check_key(text: str) -> str:
    if len(text) <= SUBDOMAIN_CHARS and _KEY.fullmatch(text) and text != "." and not text.startswith(".."):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid key: use letters, digits, '-', '_' and '.', at most {SUBDOMAIN_CHARS}, and do "
        "not begin with '..'"
    )


def check_object_name(text: str) -> str:
    """A name somebody refers to, such as a ConfigMap's."""
    return check_app_name(text)
