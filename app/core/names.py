"""Kubernetes' rules for names, labels, ports and environment variables, as checks that say how to mend a value.

Sources: apimachinery `pkg/util/validation` (RFC 1123 label and subdomain, IANA service name, qualified name) and
`IsEnvVarName`. Every check returns the value or raises `InvalidInput` with one sentence.
"""

from __future__ import annotations

import re

from app.core.errors import InvalidInput
from app.core.quoting import quoted

SUBDOMAIN_CHARS = 253
LABEL_CHARS = 63
PORT_NAME_CHARS = 15

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_PORT_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
_QUALIFIED = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_ENV = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def default_labels(name: str) -> dict[str, str]:
    """The labels of an app's pods where nobody chose any."""
    return {"app": name}


def suggest_name(text: str) -> str:
    """The RFC 1123 label nearest to `text`, or "" where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:LABEL_CHARS].strip("-")


def check_app_name(text: str, *, field: str = "metadata.name") -> str:
    """An RFC 1123 subdomain, as Kubernetes wants it of a Deployment."""
    if len(text) <= SUBDOMAIN_CHARS and _SUBDOMAIN.fullmatch(text):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid name: use lower case letters, digits, '-' and '.', begin and end each part "
        f"with a letter or digit, at most {SUBDOMAIN_CHARS} characters{_try(text)}",
        field=field,
    )


def check_namespace(text: str, *, field: str = "metadata.namespace") -> str:
    """An RFC 1123 label: no dots, at most 63 characters."""
    return _check_label(text, "namespace", field)


def check_container_name(text: str, *, field: str = "name") -> str:
    """An RFC 1123 label: no dots, at most 63 characters."""
    return _check_label(text, "container name", field)


def _check_label(text: str, what: str, field: str) -> str:
    if len(text) <= LABEL_CHARS and _LABEL.fullmatch(text):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid {what}: use lower case letters, digits and '-', begin and end with a letter "
        f"or digit, at most {LABEL_CHARS} characters{_try(text)}",
        field=field,
    )


def check_port_name(text: str, *, field: str = "name") -> str:
    """IANA_SVC_NAME: at most 15 of a-z, 0-9 and single dashes, with at least one letter."""
    if len(text) <= PORT_NAME_CHARS and _PORT_NAME.fullmatch(text) and re.search("[a-z]", text):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid port name: at most {PORT_NAME_CHARS} lower case letters, digits and single "
        "dashes, with at least one letter, such as http",
        field=field,
    )


def check_env_name(text: str, *, field: str = "name") -> str:
    """Letters, digits, `_`, `-` and `.`, not beginning with a digit."""
    if _ENV.fullmatch(text) and text not in (".", "..") and not text.startswith(".."):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid environment variable name: use letters, digits and '_', and do not begin "
        "with a digit, such as MY_VALUE",
        field=field,
    )


def check_label_key(text: str, *, field: str = "labels") -> str:
    """A qualified name: `name` or `prefix/name`, the prefix a DNS subdomain."""
    prefix, slash, name = text.rpartition("/")
    prefix_right = not slash or (len(prefix) <= SUBDOMAIN_CHARS and _SUBDOMAIN.fullmatch(prefix))
    if prefix_right and len(name) <= LABEL_CHARS and _QUALIFIED.fullmatch(name):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid key: use at most {LABEL_CHARS} letters, digits, '-', '_' and '.', beginning "
        "and ending with a letter or digit, after an optional DNS prefix such as example.com/",
        field=field,
    )


def check_label_value(text: str, *, field: str = "labels") -> str:
    """Empty, or at most 63 letters, digits, `-`, `_` and `.` with a letter or digit at both ends."""
    if not text or (len(text) <= LABEL_CHARS and _QUALIFIED.fullmatch(text)):
        return text
    raise InvalidInput(
        f"{quoted(text)} is not a valid label value: use at most {LABEL_CHARS} letters, digits, '-', '_' and '.', "
        "beginning and ending with a letter or digit; longer text belongs in annotations",
        field=field,
    )


def _try(text: str) -> str:
    suggestion = suggest_name(text)
    return f'. Try "{suggestion}"' if suggestion and suggestion != text else ""
