"""Image references by the OCI distribution grammar, so that nothing else ever reaches a runtime as an image.

Source: github.com/distribution/reference `regexp.go` and `normalize.go` (what Docker itself uses).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.core.errors import InvalidInput
from app.core.names import LABEL_CHARS, suggest_name
from app.core.quoting import quoted

DOCKER_HUB = "docker.io"
NAME_CHARS = 255
_LONGEST = 700

_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_PATH_PART = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_BARE_ID = re.compile(r"[0-9a-f]{64}")


class ImageRef(NamedTuple):
    """A reference in parts. `registry` and `repository` are in full (`docker.io`, `library/nginx`); `tag` and `digest`
    are None where the text has none."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def familiar_name(self) -> str:
        """Registry and repository as people write them: `nginx`, `acme/web`, `ghcr.io/acme/web`."""
        if self.registry != DOCKER_HUB:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix("library/")

    @property
    def familiar(self) -> str:
        """`familiar_name` with the tag and digest that were given."""
        return self.familiar_name + self._suffix(self.tag)

    @property
    def canonical(self) -> str:
        """In full, with the tag `latest` where neither tag nor digest is given: equal for equal images."""
        tag = self.tag if self.tag or self.digest else "latest"
        return f"{self.registry}/{self.repository}{self._suffix(tag)}"

    def with_tag(self, tag: str) -> ImageRef:
        """The same repository with another tag; a digest does not survive that. Raises `InvalidInput`."""
        if not _TAG.fullmatch(tag):
            raise InvalidInput(_tag_problem(tag), field="image")
        return self._replace(tag=tag, digest=None)

    def _suffix(self, tag: str | None) -> str:
        return (f":{tag}" if tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> ImageRef:
    """`[registry/]repository[:tag][@digest]`. Raises `InvalidInput` with a sentence that says what is wrong."""
    if problem := _rough_problem(text):
        raise InvalidInput(problem, field="image")
    rest, at, digest = text.partition("@")
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        head, colon, tag = rest, "", ""
    if colon and not _TAG.fullmatch(tag):
        raise InvalidInput(f"Image {quoted(text)}: {_tag_problem(tag)}", field="image")
    if at and not _right_digest(digest):
        raise InvalidInput(f"Image {quoted(text)}: the digest must be sha256: and 64 hex digits", field="image")
    registry, repository = _split_registry(head)
    _check_name(text, registry, repository)
    return ImageRef(registry, repository, tag or None, digest or None)


def same_image(one: str, other: str) -> bool:
    """True where both mean the same image: `nginx` and `docker.io/library/nginx:latest`. Text that is no reference
    is only equal to itself."""
    try:
        return parse_image(one).canonical == parse_image(other).canonical
    except InvalidInput:
        return one == other


def app_name_from_image(text: str) -> str:
    """A valid app name from the repository's last part: `ghcr.io/acme/web_app:1` gives `web-app`."""
    return suggest_name(parse_image(text).repository.rpartition("/")[2][:LABEL_CHARS])


def _rough_problem(text: str) -> str | None:
    if not text:
        return "The image is empty: give one such as nginx:1.27"
    if len(text) > _LONGEST:
        return f"Image {quoted(text)} is too long: at most {_LONGEST} characters"
    if re.search(r"\s", text):
        return f"Image {quoted(text)} has a space in it: write one reference without spaces, such as nginx:1.27"
    if "://" in text:
        return f"Image {quoted(text)} is a URL: leave out {quoted(text.partition('://')[0] + '://')}"
    if strange := re.search(r"[^A-Za-z0-9._:/@+\[\]-]", text):
        return f"Image {quoted(text)} has {quoted(strange[0])} in it, which no image reference may have"
    if _BARE_ID.fullmatch(text):
        return f"Image {quoted(text)} is an image id: give a name, such as nginx:1.27 or nginx@sha256:..."
    return None


def _tag_problem(tag: str) -> str:
    if not tag:
        return "the tag after ':' is empty; give one, such as :latest, or leave out the ':'"
    return (
        f"the tag {quoted(tag)} is not valid: 1 to 128 letters, digits, '_', '.' and '-', not beginning with '.' or '-'"
    )


def _right_digest(digest: str) -> bool:
    pattern = _SHA256 if digest.startswith("sha256:") else _DIGEST
    return pattern.fullmatch(digest) is not None


def _split_registry(name: str) -> tuple[str, str]:
    """As Docker does it: the part before the first `/` is a registry if it has a dot, a port or a capital, or is
    `localhost`."""
    first, slash, rest = name.partition("/")
    if slash and (re.search(r"[.:A-Z\[]", first) or first == "localhost"):
        registry, repository = first, rest
    else:
        registry, repository = DOCKER_HUB, name
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = DOCKER_HUB
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository


def _check_name(text: str, registry: str, repository: str) -> None:
    shown = f"Image {quoted(text)}"
    if not _REGISTRY.fullmatch(registry):
        raise InvalidInput(f"{shown}: {quoted(registry)} is not a valid registry host", field="image")
    if any(char.isupper() for char in repository):
        raise InvalidInput(f"{shown}: a repository is lower case: {quoted(text.lower())}", field="image")
    wrong = next((part for part in repository.split("/") if not _PATH_PART.fullmatch(part)), None)
    if wrong is not None:
        raise InvalidInput(
            f"{shown}: {quoted(wrong)} is not a valid part of a repository: lower case letters and digits, "
            "separated by '.', '_', '__' or '-'",
            field="image",
        )
    if len(registry) + 1 + len(repository) > NAME_CHARS:
        raise InvalidInput(f"{shown} is too long: at most {NAME_CHARS} characters before the tag", field="image")
