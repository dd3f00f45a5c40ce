"""Which language a conversation is held in."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.agent.rules.lexicon import detect, lexicon
from app.agent.rules.segments import spaced
from app.agent.rules.text import split_message
from app.agent.rules.tokens import tokenize

_SAMPLED, _TOKENS = 400, 40


def language_of(sentences: Iterable[str], names: Collection[str] = ()) -> str:
    """The language of the first of `sentences` (newest first) that tells one; English where none does. `names` are
    those of apps, which tell nothing."""
    for sentence in sentences:
        tokens = tokenize(spaced(split_message(sentence[:_SAMPLED]).prose))[:_TOKENS]
        words = [token.low for token in tokens if token.low not in names]
        code = detect(words)
        if code != "en" or any(lexicon().match(tokens, at) for at in range(len(tokens)) if tokens[at].low in words):
            return code
    return "en"
