"""Words where nobody writes spaces: Chinese and Japanese runs are cut at the longest known words.

Everything after this works on words. What is not known stays together as one word, which names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from app.agent.rules.vocabulary import Language, phrases
from app.agent.rules.vocabulary.ja import JAPANESE
from app.agent.rules.vocabulary.zh import CHINESE

_RUN = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff]+")
_KANA = re.compile(r"[\u3040-\u30ff]")


def spaced(text: str) -> str:
    """`text` with spaces between its Chinese or Japanese words; linear, as words are short."""
    if _RUN.search(text) is None:
        return text
    words = _words("ja" if _KANA.search(text) else "zh")
    longest = max(map(len, words))
    return _RUN.sub(lambda run: f" {' '.join(_cut(run[0], words, longest))} ", text)


def _cut(run: str, words: frozenset[str], longest: int) -> Iterator[str]:
    at, begun = 0, 0
    while at < len(run):
        length = next((size for size in range(min(longest, len(run) - at), 0, -1) if run[at : at + size] in words), 0)
        if length:
            if begun < at:
                yield run[begun:at]
            yield run[at : at + length]
            begun = at + length
        at += length or 1
    if begun < len(run):
        yield run[begun:]


@cache
def _words(code: str) -> frozenset[str]:
    """The words of one language, with those of the other behind it where the scripts are shared."""
    languages = (JAPANESE,) if code == "ja" else (CHINESE, JAPANESE)
    return frozenset(word for language in languages for word in _of(language) if _RUN.fullmatch(word))


def _of(language: Language) -> Iterator[str]:
    yield from language.numbers
    for senses in language.terms.values():
        for text in senses.values():
            yield from phrases(text)
