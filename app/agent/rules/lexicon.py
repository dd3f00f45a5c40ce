"""The vocabulary made searchable: longest phrase first, verbs that come in two parts, and one slip of the keyboard.

Built once per language and kept. English stands behind every other language, because people mix them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.agent.rules.senses import Role
from app.agent.rules.tokens import Shape, Token
from app.agent.rules.vocabulary import Language
from app.agent.rules.vocabulary.de import GERMAN
from app.agent.rules.vocabulary.en import ENGLISH
from app.agent.rules.vocabulary.es import SPANISH
from app.agent.rules.vocabulary.fr import FRENCH
from app.agent.rules.vocabulary.products import PRODUCTS
from app.agent.rules.vocabulary.pt import PORTUGUESE

LANGUAGES = {language.code: language for language in (ENGLISH, SPANISH, GERMAN, FRENCH, PORTUGUESE)}
LONGEST_GAP = 6
"""Words that may stand between a verb and its particle: "shut the old web app down"."""
TYPO_ROLES = frozenset({Role.VERB, Role.NOUN, Role.ASK, Role.UNIT})
_MERGED_WORDS = frozenset({Shape.WORD, Shape.REFERENCE, Shape.AMOUNT, Shape.NUMBER, Shape.ODD, Shape.VERSION})
_PHRASE_END = frozenset({Shape.COMMA, Shape.STOP, Shape.SHELL, Shape.COLON, Shape.QUOTE})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase can mean."""

    senses: Mapping[Role, str]
    form: str = ""
    number: int | None = None


@dataclass(slots=True)
class _Draft:
    senses: dict[Role, str] = field(default_factory=dict)
    form: str = ""
    number: int | None = None


class Lexicon:
    """One language (with English behind it). Immutable after it is built."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self.code = languages[0].code
        self.contractions: dict[str, str] = {}
        whole: dict[tuple[str, ...], _Draft] = {}
        self._parted: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        for language in languages:
            self.contractions = {**language.contractions, **self.contractions}
            self._add(language, whole)
        for image, phrases in PRODUCTS.items():
            for phrase in _phrases(phrases):
                whole.setdefault(tuple(phrase.split()), _Draft()).senses.setdefault(Role.PRODUCT, image)
        self._whole: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        for words, draft in whole.items():
            entry = Entry(draft.senses, draft.form, draft.number)
            self._whole.setdefault(words[0], []).append((words, entry))
        for found in (*self._whole.values(), *self._parted.values()):
            found.sort(key=lambda pair: -len(pair[0]))

    def match(self, tokens: Sequence[Token], at: int) -> tuple[Entry, int] | None:
        """The longest phrase that begins at `at`, and how many tokens it is."""
        for words, entry in self._whole.get(tokens[at].low, ()):
            if _same(tokens, at, words):
                return entry, len(words)
        return None

    def parted(self, tokens: Sequence[Token], at: int) -> tuple[Entry, int, tuple[int, int]] | None:
        """A verb in two parts: the entry, the length of its first part, and the range of its second."""
        for words, entry in self._parted.get(tokens[at].low, ()):
            gap = words.index("~")
            head, tail = words[:gap], words[gap + 1 :]
            if not _same(tokens, at, head):
                continue
            for place in range(at + gap + 1, min(len(tokens), at + gap + 1 + LONGEST_GAP)):
                if tokens[place - 1].shape in _PHRASE_END or tokens[place - 1].low in ("and", "to", "then"):
                    break
                if _same(tokens, place, tail) and not _goes_on(tokens, place + len(tail)):
                    return entry, gap, (place, place + len(tail))
        return None

    def number(self, word: str) -> int | None:
        """The value of one number word."""
        return next((entry.number for words, entry in self._whole.get(word, ()) if len(words) == 1), None)

    def knows(self, word: str) -> bool:
        return word in self._whole or word in self._inner

    def near(self, word: str) -> Entry | None:
        """What `word` would mean with one slip (two in a long word) put right; None where that is not clear."""
        if len(word) < 4 or not word.isalpha():
            return None
        slips = 2 if len(word) > 8 else 1
        found = process.extract(word, self._correctable, scorer=OSA.distance, score_cutoff=slips, limit=3)
        if not found:
            return None
        best = [self._correctable[index] for _, score, index in found if score == found[0][1] and _alike(word, _)]
        entries = [self._single[name] for name in best]
        if not entries or any(entry.senses != entries[0].senses for entry in entries):
            return None
        return entries[0]

    @cached_property
    def _inner(self) -> frozenset[str]:
        return frozenset(word for found in self._whole.values() for words, _ in found for word in words)

    @cached_property
    def _single(self) -> dict[str, Entry]:
        return {
            words[0]: entry
            for found in self._whole.values()
            for words, entry in found
            if len(words) == 1 and TYPO_ROLES & entry.senses.keys()
        }

    @cached_property
    def _correctable(self) -> list[str]:
        return [word for word in self._single if len(word) >= 4]

    def _add(self, language: Language, whole: dict[tuple[str, ...], _Draft]) -> None:
        for role, sense, phrase, form in _terms(language):
            words = tuple(phrase.split())
            if "~" in words:
                known = self._parted.setdefault(words[0], [])
                known.append((words, Entry({role: sense}, form)))
                continue
            draft = whole.setdefault(words, _Draft())
            if role not in draft.senses:
                draft.senses[role] = sense
                draft.form = draft.form or form
        for phrase, number in language.numbers.items():
            draft = whole.setdefault(tuple(phrase.split()), _Draft())
            if draft.number is None:
                draft.number = number
                draft.senses.setdefault(Role.COUNTWORD, "")


def _terms(language: Language) -> Iterator[tuple[Role, str, str, str]]:
    for role, senses in language.terms.items():
        for sense, phrases in senses.items():
            for phrase in _phrases(phrases):
                yield role, sense, phrase, "base" if role is Role.VERB else ""
                if role is Role.VERB:
                    yield from ((role, sense, other, form) for other, form in language.inflect(phrase).items())


def _phrases(text: str) -> Iterator[str]:
    return (phrase for part in text.split(",") if (phrase := part.strip()))


def _same(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    return at + len(words) <= len(tokens) and all(
        tokens[at + place].low == word and tokens[at + place].shape in _MERGED_WORDS
        for place, word in enumerate(words)
    )


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """A particle does not stand before a noun of its own: in "switch web on port 80" `on` is a preposition."""
    return at < len(tokens) and tokens[at].shape in (Shape.NUMBER, Shape.REFERENCE, Shape.MAPPING) and (
        tokens[at - 1].low in ("on", "in", "out", "off", "back")
    ) or (at < len(tokens) and tokens[at - 1].low in ("on", "in", "off") and tokens[at].low in ("port", "ports", "the"))


def _alike(word: str, other: str) -> bool:
    """A slip seldom hits the first letter; swapping the first two is the exception."""
    return word[0] == other[0] or word[:2] == other[1::-1]


@cache
def lexicon(code: str = "en") -> Lexicon:
    """The lexicon of a language; English stands behind it."""
    language = LANGUAGES.get(code, ENGLISH)
    return Lexicon([language] if language is ENGLISH else [language, ENGLISH])


@cache
def _own_words(code: str) -> frozenset[str]:
    language = LANGUAGES[code]
    words = {word for _, _, phrase, _ in _terms(language) for word in phrase.split() if word != "~"}
    return frozenset(words | {word for phrase in language.numbers for word in phrase.split()} | set(language.contractions))


def detect(words: Sequence[str]) -> str:
    """The language whose vocabulary covers most of `words`; English where nothing else covers more."""
    scores = {code: sum(word in _own_words(code) for word in words) for code in LANGUAGES}
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    return best if scores[best] > scores["en"] else "en"
