"""Secrets that a person types are sealed before anything is stored or sent: the conversation, the model and the log of
the chat hold placeholders, the gate puts the real values back into the one call that needs them (ADR 0014)."""

from __future__ import annotations

import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.core.errors import InvalidInput
from app.core.redact import E_MAIL, HIDDEN, looks_secret, spans

KEPT_VALUES = 500
KEPT_CHARS = 1_000_000
"""Per conversation; the oldest go first."""
TOO_SHORT = 6
"""A shorter value may be a word or a number that stands in any text by chance."""
KEPT_VAULTS = 64
"""Conversations whose values are kept for follow-ups ("the same for api")."""
OWN = frozenset({E_MAIL})
"""No secret in what a person says: an address may be meant as it stands."""
_PLACEHOLDER = re.compile(r"hidden[0-9a-f]{10}(?![0-9A-Za-z])")


class Vault:
    """The sealed values of one conversation, in memory only. A placeholder is a word and valid base64, the same for
    the same value, and nobody without the key can guess what it stands for."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._values: OrderedDict[str, str] = OrderedDict()

    def seal(self, text: str) -> str:
        """`text` with a placeholder for each secret."""
        parts, at = [], 0
        for span in spans(text, but=OWN):
            value = text[span.start : span.end]
            if (left := _PLACEHOLDER.sub("", value)) != value and len(left) <= len("Bearer {}"):
                continue  # sealed before
            parts += [text[at : span.start], self._keep(value)]
            at = span.end
        return "".join((*parts, text[at:])) if parts else text

    def seal_call(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a tool call: every text in them, and variables by their names."""
        return {name: self._sealed(name, value) for name, value in arguments.items()}

    def unseal(self, value: Any) -> Any:
        """`value` with the real values in place. Raises `InvalidInput` for a placeholder that is known no more."""
        match value:
            case str():
                return _PLACEHOLDER.sub(self._real, value)
            case Mapping():
                return {name: self.unseal(each) for name, each in value.items()}
            case list():
                return [self.unseal(each) for each in value]
        return value

    def conceal(self, text: str) -> str:
        """`text` without the real values, wherever they came from."""
        for value in self._values.values():
            if len(value) >= TOO_SHORT and value in text:
                text = text.replace(value, HIDDEN)
        return text

    def shown(self, value: Any) -> Any:
        """`value` as a person sees it: `(hidden)` for a placeholder."""
        match value:
            case str():
                return _PLACEHOLDER.sub(HIDDEN, value)
            case Mapping():
                return {name: self.shown(each) for name, each in value.items()}
            case list():
                return [self.shown(each) for each in value]
        return value

    def _sealed(self, name: str, value: Any) -> Any:
        match value:
            case str() if looks_secret(name) and value and not _PLACEHOLDER.fullmatch(value) and value != HIDDEN:
                return self._keep(value)
            case str():
                return self.seal(value)
            case Mapping():
                return {key: self._sealed(str(key), each) for key, each in value.items()}
            case list():
                return [self._sealed("", each) for each in value]
        return value

    def _keep(self, value: str) -> str:
        word = "hidden" + hmac.digest(self._key, value.encode(), sha256).hex()[:10]
        self._values[word] = value
        self._values.move_to_end(word)
        while len(self._values) > KEPT_VALUES or self._too_long():
            self._values.popitem(last=False)
        return word

    def _too_long(self) -> bool:
        return len(self._values) > 1 and sum(map(len, self._values.values())) > KEPT_CHARS

    def _real(self, found: re.Match[str]) -> str:
        value = self._values.get(found[0])
        if value is None:
            raise InvalidInput(
                "A secret of an earlier message is needed here, and secrets are not kept with the conversation. "
                "Say it again in one message with the request."
            )
        return value


class Vaults:
    """One vault per conversation; those used longest ago are forgotten."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._vaults: OrderedDict[str, Vault] = OrderedDict()

    def of(self, conversation: str) -> Vault:
        vault = self._vaults.setdefault(conversation, Vault(self._key))
        self._vaults.move_to_end(conversation)
        while len(self._vaults) > KEPT_VAULTS:
            self._vaults.popitem(last=False)
        return vault
