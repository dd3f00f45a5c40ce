"""What the rules say, as keys with values, put into words at the very end in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.agent.rules.vocabulary.say_en import SAY_EN
from app.agent.speech.tables import TABLES
from app.core.quoting import quoted

TEXTS: Mapping[str, Mapping[str, str]] = {"en": SAY_EN, **{code: table.SAY for code, table in TABLES.items()}}
"""Language -> key -> template. A key that a language lacks is said in English."""
_JOINTS: Mapping[str, str] = {"comma": ", ", "and": " and ", "or": "or", "more": "{count} more"}
_SHOWN = 8
"""Names in one sentence; more are counted."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence-to-be. Values come from people and images: `words` quotes what is not a name."""

    key: str
    values: Mapping[str, Any]


def msg(key: str, **values: Any) -> Message:
    return Message(key, values)


def plain(text: str) -> Message:
    """A sentence that is ready, such as an error's."""
    sentence = text if text.endswith((".", "?", "!")) else f"{text}."
    return Message("plain", {"text": sentence})


def words(message: Message, language: str = "en") -> str:
    """The sentence in `language`, or in English where that language has no template."""
    known = TEXTS.get(language, SAY_EN)
    if message.key in known:
        return known[message.key].format(**_fields(message, language))
    return SAY_EN[message.key].format(**_fields(message, "en"))


def name_list(names: Sequence[str], joint: str = "and", language: str = "en") -> str:
    """`web, api and 3 more`."""
    joints = {**_JOINTS, **(TABLES[language].HEARD if language in TABLES else {})}
    shown = list(names[:_SHOWN])
    if len(names) > _SHOWN:
        shown.append(joints["more"].format(count=len(names) - _SHOWN))
    between = joints[joint] if joint == "and" else f" {joints[joint]} "
    return between.join(part for part in (joints["comma"].join(shown[:-1]), shown[-1] if shown else "") if part)


def cited(text: str) -> str:
    """A person's own words, quoted and cut."""
    return quoted(text)


def _fields(message: Message, language: str) -> dict[str, str]:
    """The values as text; names also as `..._or`, for a choice between them."""
    found = {name: str(value) for name, value in message.values.items()}
    for name, value in message.values.items():
        if isinstance(value, tuple | list):
            found[name] = name_list(value, "and", language)
            found[f"{name}_or"] = name_list(value, "or", language)
    return found
