"""The vocabulary made searchable: longest phrase first, verbs that come in two parts, and one slip of the keyboard.

Built once per language and kept. English stands behind every other language, because people mix them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.agent.rules.senses import Role
from app.agent.rules.tokens import Shape, Token, fold
from app.agent.rules.vocabulary import Language
from app.agent.rules.vocabulary.de import GERMAN
from app.agent.rules.vocabulary.en import ENGLISH
from app.agent.rules.vocabulary.es import SPANISH
from app.agent.rules.vocabulary.fr import FRENCH
from app.agent.rules.vocabulary.hi import HINDI
from app.agent.rules.vocabulary.ja import JAPANESE
from app.agent.rules.vocabulary.products import PRODUCTS
from app.agent.rules.vocabulary.pt import PORTUGUESE
from app.agent.rules.vocabulary.zh import CHINESE

_ALL = (ENGLISH, SPANISH, GERMAN, FRENCH, PORTUGUESE, CHINESE, JAPANESE, HINDI)
LANGUAGES = {language.code: language for language in _ALL}
LONGEST_GAP = 6
"""Words that may stand between a verb and its particle: "shut the old web app down"."""
_STOPS = frozenset(["to", "then", "dann", "luego", "puis", "depois"])
_NO_SLIPS = frozenset({"exec", "say", "wait", "do", "simulate", "make", "reset", "give", "keep", "switch", "kill"})
"""Verbs that common words are near to; a slip is not guessed to be one of them."""
_LONG_ENOUGH = 5
"""Letters of a product's name that may have a slip in it."""
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


class _Node:
    """A place in the tree of phrases: the words that may follow, and what the words so far mean."""

    __slots__ = ("entry", "following")

    def __init__(self) -> None:
        self.following: dict[str, _Node] = {}
        self.entry: Entry | None = None

    def add(self, words: Sequence[str], entry: Entry) -> None:
        node = self
        for word in words:
            node = node.following.setdefault(word, _Node())
        node.entry = entry


class Lexicon:
    """One language (with English behind it). Immutable after it is built."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self.code = languages[0].code
        self.postposed = languages[0].postposed
        self.verb_last = languages[0].verb_last
        self.contractions: dict[str, str] = {}
        whole: dict[tuple[str, ...], _Draft] = {}
        self._parted: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        for language in languages:
            self.contractions = {**language.contractions, **self.contractions}
            new: dict[tuple[str, ...], _Draft] = {}
            self._add(language, new)
            whole = {**new, **whole}
        for image, phrases in PRODUCTS.items():
            for phrase in _phrases(phrases):
                whole.setdefault(tuple(phrase.split()), _Draft()).senses.setdefault(Role.PRODUCT, image)
        self._root = _Node()
        self._words: dict[str, Entry] = {}
        for words, draft in whole.items():
            self._root.add(words, Entry(draft.senses, draft.form, draft.number))
            if len(words) == 1:
                self._words[words[0]] = Entry(draft.senses, draft.form, draft.number)
        self._apart(languages)
        self._inner = frozenset(word for words in whole for word in words)
        for found in self._parted.values():
            found.sort(key=lambda pair: -len(pair[0]))

    def _apart(self, languages: Sequence[Language]) -> None:
        """What English contracts may be a word of the other language: German "im" is no "I am"."""
        own: dict[tuple[str, ...], _Draft] = {}
        if languages[0].code != "en":
            self._add(languages[0], own)
        words = {word for phrase in own for word in phrase}
        kept = languages[0].contractions
        self.contractions = {
            short: full for short, full in self.contractions.items() if short in kept or short not in words
        }

    def match(self, tokens: Sequence[Token], at: int) -> tuple[Entry, int] | None:
        """The longest phrase that begins at `at`, and how many tokens it is."""
        node, found = self._root, None
        for place in range(at, len(tokens)):
            token = tokens[place]
            after = node.following.get(token.low) if token.shape in _MERGED_WORDS else None
            if after is None:
                break
            node = after
            if node.entry is not None:
                found = node.entry, place - at + 1
        return found

    def word(self, low: str) -> Entry | None:
        """What a single word can mean."""
        return self._words.get(low)

    def parted(self, tokens: Sequence[Token], at: int) -> tuple[Entry, int, tuple[int, int]] | None:
        """A verb in two parts: the entry, the length of its first part, and the range of its second."""
        known = self._parted.get(tokens[at].low)
        if not known:
            return None
        window = self._window(tokens, at)
        for words, entry in known:
            gap = words.index("~")
            head, tail = words[:gap], words[gap + 1 :]
            if not _same(tokens, at, head):
                continue
            reached = window + (window < len(tokens) and tokens[window].low == tail[0])
            for place in range(at + gap + 1, reached):
                if _same(tokens, place, tail) and not _goes_on(tokens, place + len(tail)):
                    return entry, gap, (place, place + len(tail))
        return None

    def _window(self, tokens: Sequence[Token], at: int) -> int:
        """Where a particle must stand before: punctuation, a step or another verb ends the gap."""
        for place in range(at + 1, min(len(tokens), at + 1 + LONGEST_GAP)):
            token = tokens[place]
            if token.shape in _PHRASE_END or token.low in _STOPS:
                return place
            found = self.match(tokens, place)
            if found is not None and Role.VERB in found[0].senses and len(found[0].senses) == 1:
                return place + 1
        return min(len(tokens), at + 2 + LONGEST_GAP)

    def number(self, word: str) -> int | None:
        """The value of one number word."""
        entry = self._words.get(word)
        return entry.number if entry else None

    def knows(self, word: str) -> bool:
        return word in self._inner

    def near(self, word: str) -> Entry | None:
        """What `word` would mean with one slip (two in a long word) put right; None where that is not clear."""
        if len(word) < 4 or not word.isalpha():
            return None
        slips = 2 if len(word) > 8 else 1
        found = process.extract(word, self._correctable, scorer=OSA.distance, score_cutoff=slips, limit=3)
        if not found:
            return None
        best = [self._correctable[index] for _, score, index in found if score == found[0][1] and _alike(word, _)]
        entries = [self._words[name] for name in best]
        if not entries or any(entry.senses != entries[0].senses for entry in entries):
            return None
        return entries[0]

    def near_product(self, word: str) -> str:
        """The image of the one product that `word` is within one slip of; "" without one."""
        if len(word) < _LONG_ENOUGH or not word.isalpha():
            return ""
        found = process.extract(word, self._products, scorer=OSA.distance, score_cutoff=1, limit=2)
        images = {self._words[name].senses[Role.PRODUCT] for name, _, _ in found}
        return images.pop() if len(images) == 1 else ""

    @cached_property
    def _products(self) -> list[str]:
        return [word for word, entry in self._words.items() if Role.PRODUCT in entry.senses and len(word) > 4]

    @cached_property
    def _correctable(self) -> list[str]:
        return [word for word, entry in self._words.items() if len(word) >= 4 and _correctable(entry)]

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
        for phrase, number in _number_spellings(language):
            draft = whole.setdefault(tuple(phrase.split()), _Draft())
            if draft.number is None:
                draft.number = number
                draft.senses.setdefault(Role.COUNTWORD, "")


def _number_spellings(language: Language) -> Iterator[tuple[str, int]]:
    for phrase, number in language.numbers.items():
        yield from ((spelling, number) for spelling in _spellings(phrase))


def _correctable(entry: Entry) -> bool:
    """Whether a slip may be put right to this word: basic forms of what is asked for, no inflected ones."""
    meant = TYPO_ROLES & entry.senses.keys() and (entry.form in ("", "base") or Role.NOUN in entry.senses)
    return bool(meant) and entry.senses.get(Role.VERB) not in _NO_SLIPS


def _terms(language: Language) -> Iterator[tuple[Role, str, str, str]]:
    for role, senses in language.terms.items():
        for sense, phrases in senses.items():
            for phrase in _spellings(phrases):
                yield role, sense, phrase, "base" if role is Role.VERB else ""
                if role is Role.VERB:
                    yield from ((role, sense, other, form) for other, form in language.inflect(phrase).items())


def _spellings(phrases: str) -> Iterator[str]:
    """Each phrase, and without its accents where it has some: people leave them out."""
    for phrase in _phrases(phrases):
        yield phrase
        if (bare := plain_letters(phrase)) != phrase:
            yield bare


def plain_letters(text: str) -> str:
    """`text` without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def _phrases(text: str) -> Iterator[str]:
    return (phrase for part in text.split(",") if (phrase := fold(part.strip())))


def _same(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    return at + len(words) <= len(tokens) and all(
        tokens[at + place].low == word and tokens[at + place].shape in _MERGED_WORDS for place, word in enumerate(words)
    )


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """A particle does not stand before a noun of its own: in "switch web on port 80" `on` is a preposition."""
    return (
        at < len(tokens)
        and tokens[at].shape in (Shape.NUMBER, Shape.REFERENCE, Shape.MAPPING)
        and (tokens[at - 1].low in ("on", "in", "out", "off", "back"))
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
def _own_words(code: str) -> Mapping[str, int]:
    """The words of a language with their weight: articles tell most about it."""
    language = LANGUAGES[code]
    words = dict.fromkeys((word for phrase, _ in _number_spellings(language) for word in phrase.split()), 1)
    words.update(dict.fromkeys(language.contractions, 1))
    for role, sense, phrase, _ in _terms(language):
        weight = 2 if role is Role.FILLER and sense == "article" else 1
        for word in phrase.split():
            words[word] = max(weight, words.get(word, 0))
    words.pop("~", None)
    return words


def detect(words: Sequence[str]) -> str:
    """The language that has more words of `words` for itself than English has; English otherwise."""
    english, best, most = _own_words("en"), "en", 0
    for code in LANGUAGES:
        own = _own_words(code)
        score = sum(own[word] for word in words if word in own and word not in english)
        against = sum(english[word] for word in words if word in english and word not in own)
        if score > against and score > most:
            best, most = code, score
    return best


def warm() -> None:
    """Build every vocabulary now, so that no sentence waits for it."""
    for code in LANGUAGES:
        lexicon(code).near("warm")
    detect(("warm",))
