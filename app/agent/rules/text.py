"""What a message is made of before any word is read: prose of the person, and pasted text that is data.

A manifest in the message is cut out first and goes to the tool exactly as it is; its words are never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARS = 20_000
MAX_MANIFEST_BYTES = 256 * 1024
_SNIFF = 4000
"""A manifest says what it is in its first lines."""
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n", re.MULTILINE)
_QUOTED_LINE = re.compile(r"^[ \t]*>(?!=)[^\n]*\n?", re.MULTILINE)
_MANIFEST_LINE = re.compile(
    r"^(?:---[ \t]*$|(?:apiVersion|kind|metadata|spec|services)[ \t]*:|\{\s*\"(?:apiVersion|kind)\")", re.MULTILINE
)
_TELLS = re.compile(r"^[ \t]*\{?[ \t]*\"?(?:apiVersion|kind)\"?[ \t]*:", re.MULTILINE)
_COMPOSE = re.compile(r"^services[ \t]*:[ \t]*\n(?:[ \t]*\n|[ \t]+[^\n]*\n){0,40}?[ \t]+image[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """`prose` is the person's own text; `manifest` is pasted YAML or JSON, `pasted` any other text of somebody else:
    fenced blocks and quoted lines (`> ...`)."""

    prose: str
    manifest: str = ""
    pasted: bool = False


def split_message(text: str) -> Message:
    """Prose and pasted text of a message; linear in its length."""
    prose, blocks = _fenced(text)
    if blocks:
        manifest = next((block for block in blocks if is_manifest(block)), "")
        return Message(_unquoted(prose), manifest, True)
    if is_manifest(text):
        start = _MANIFEST_LINE.search(text)
        if start is not None:
            return Message(text[: start.start()], text[start.start() :])
        return Message("", text)
    own = _unquoted(text)
    return Message(own, "", own != text)


def is_manifest(text: str) -> bool:
    """Whether text is meant as a manifest: a line `apiVersion:` or `kind:`, or a Compose file with an image."""
    head = text[: MAX_MANIFEST_BYTES + 1]
    starts = _MANIFEST_LINE.search(head[:_SNIFF])
    if starts is None:
        return False
    return len(_TELLS.findall(head[:_SNIFF])) > 0 or _COMPOSE.search(head[:_SNIFF]) is not None


def _fenced(text: str) -> tuple[str, list[str]]:
    """The text around the fenced blocks, and the blocks. One that is never closed goes to the end."""
    around, blocks, at = [], [], 0
    while (opening := _FENCE.search(text, at)) is not None:
        around.append(text[at : opening.start()])
        end = text.find(f"\n{opening[1]}", opening.end() - 1)
        blocks.append(text[opening.end() : end + 1] if end >= 0 else text[opening.end() :])
        at = end + 1 + len(opening[1]) if end >= 0 else len(text)
    return "\n".join((*around, text[at:])), blocks


def _unquoted(text: str) -> str:
    return _QUOTED_LINE.sub("", text)
