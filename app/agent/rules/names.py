"""Which app a word names. A full name beats a prefix of it; a near spelling counts only while it is one app's alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.agent.rules.reading import KnownApp, KnownObject
from app.agent.rules.senses import AppMention
from app.agent.rules.tokens import Shape, Token, fold
from app.core.errors import InvalidInput
from app.core.images import parse_image

LONGEST_SPACED = 4
"""Words a name may be written in: "sock shop front end"."""
_NAME_SHAPES = frozenset({Shape.WORD, Shape.NUMBER, Shape.VERSION, Shape.ODD, Shape.DATE, Shape.AMOUNT})
_SHAPES = _NAME_SHAPES | {Shape.REFERENCE, Shape.QUOTE}
_KINDS = frozenset(
    {"deployment", "deployments", "deploy", "pod", "pods", "app", "service", "svc", "deployment.apps", "job"}
)


class AppIndex:
    """The known apps, searchable by name, image and status. Built for one reading. An app is known by its name, or as
    `namespace/name` where two share a name."""

    def __init__(self, apps: Sequence[KnownApp], objects: Sequence[KnownObject] = ()) -> None:
        self.objects = tuple(objects)
        often = Counter(app.name for app in apps)
        self.apps = {app.name if often[app.name] == 1 else f"{app.namespace}/{app.name}": app for app in apps}
        self._folded = {fold(name): name for name in self.apps}
        self._shared: dict[str, list[str]] = {}
        for name, app in self.apps.items():
            if name != app.name:
                self._shared.setdefault(fold(app.name), []).append(name)
        self._squashed: dict[str, str | None] = {}
        for name in self.apps:
            key = _squash(name)
            self._squashed[key] = name if key not in self._squashed else None

    @cached_property
    def namespaces(self) -> frozenset[str]:
        return frozenset(app.namespace for app in self.apps.values())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.apps)

    def exact(self, tokens: Sequence[Token], at: int) -> tuple[AppMention, int] | None:
        """The longest run of tokens from `at` that is an app's name, also written with spaces or as a plural."""
        if tokens[at].shape not in _SHAPES or not self.apps:
            return None
        for length in range(min(LONGEST_SPACED, len(tokens) - at), 1, -1):
            run = tokens[at : at + length]
            if all(token.shape in _NAME_SHAPES for token in run) and (name := self._spaced(run)):
                return AppMention((name,), "spaced"), length
        mention = self.word(tokens[at].low, tokens[at].text)
        return (mention, 1) if mention else None

    def word(self, low: str, text: str = "") -> AppMention | None:
        """One word that is a name: exact, `namespace/name`, `kind/name`, joined up, or a plural."""
        if name := self._folded.get(low) or self._folded.get(fold(text)):
            return AppMention((name,))
        if low in self._shared:
            return AppMention(tuple(self._shared[low]), "several")
        head, slash, tail = low.rpartition("/")
        if slash and head in _KINDS:
            return self.word(tail)
        if slash and (name := self._folded.get(tail)) and self.apps[name].namespace == head:
            return AppMention((name,))
        if (name := self._squashed.get(_squash(low))) and "/" not in low and ":" not in low:
            return AppMention((name,), "spaced")
        for ending in ("s", "es"):
            if low.endswith(ending) and (name := self._folded.get(low.removesuffix(ending))):
                return AppMention((name,), "plural")
        return None

    def near(self, word: str) -> AppMention | None:
        """Apps within one slip (two from six letters on) of `word`."""
        slips = 2 if len(word) >= 6 else 1
        if len(word) < 3:
            return None
        folded = list(self._folded)
        found = process.extract(fold(word), folded, scorer=OSA.distance, score_cutoff=slips, limit=5)
        names = [self._folded[name] for name, score, _ in found if score == found[0][1]]
        return AppMention(tuple(names), "near") if names else None

    def part(self, word: str) -> AppMention | None:
        """Apps one part of whose name the word is: `payments` of `payments-worker`."""
        low = fold(word)
        names = self._parts.get(low) or self._parts.get(low.removesuffix("s")) or []
        if not names and len(low) >= 4:
            names = [name for folded, name in self._folded.items() if folded.startswith(low)]
        return AppMention(tuple(names), "part") if names else None

    def by_image(self, image: str) -> AppMention | None:
        """Apps that run `image`, whatever the tag."""
        names = self._by_repository.get(_repository(image), ())
        return AppMention(tuple(names), "image") if names else None

    def nearest(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """Names to suggest for one that is not there, best first."""
        found = process.extract(fold(word), list(self._folded), scorer=OSA.normalized_similarity, limit=limit)
        close = [self._folded[name] for name, score, _ in found if score >= 0.5]
        image = self.by_image(word)
        return tuple(dict.fromkeys((*(image.names if image else ()), *close)))[:limit]

    def matching(self, *, prefix: str = "", suffix: str = "", part: str = "") -> tuple[str, ...]:
        return tuple(
            name
            for folded, name in self._folded.items()
            if folded.startswith(fold(prefix)) and folded.endswith(fold(suffix)) and fold(part) in folded
        )

    def glob(self, pattern: str) -> tuple[str, ...]:
        """`web*`, `*-api`, `*web*`: stars only, as in a shell."""
        pieces = fold(pattern).split("*")
        return tuple(name for folded, name in self._folded.items() if _fits(folded, pieces))

    def with_health(self, *wanted: str) -> tuple[str, ...]:
        return tuple(name for name, app in self.apps.items() if health(app.status) in wanted)

    def _spaced(self, run: Iterable[Token]) -> str | None:
        return self._squashed.get(_squash("".join(token.low for token in run)))

    @cached_property
    def _by_repository(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, app in self.apps.items():
            if repository := _repository(app.image):
                found.setdefault(repository, []).append(name)
        return found

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = {}
        for name in self.apps:
            pieces = [piece for piece in re.split(r"[-_.]", fold(name)) if piece]
            for piece in dict.fromkeys(pieces):
                if len(pieces) > 1 and len(piece) >= 3:
                    parts.setdefault(piece, []).append(name)
        return parts


def health(status: str) -> str:
    """The status words of all runtimes in four: `bad`, `good`, `stopped`, `pending`."""
    word = re.sub(r"[^a-z]", "", status.casefold())
    if word in ("running", "ready", "healthy", "available", "succeeded"):
        return "good"
    if word in ("stopped", "paused", "scaledtozero"):
        return "stopped"
    if word in ("pending", "starting", "updating", "progressing"):
        return "pending"
    return "unknown" if word in ("", "unknown") else "bad"


def _squash(text: str) -> str:
    return re.sub(r"[-_. ]", "", fold(text))


@lru_cache(maxsize=2048)
def _repository(image: str) -> str:
    try:
        return parse_image(image).familiar_name
    except InvalidInput:
        return ""


def _fits(name: str, pieces: Sequence[str]) -> bool:
    """Whether `name` is the pieces in order with anything between them."""
    if len(pieces) == 1:
        return name == pieces[0]
    if not name.startswith(pieces[0]) or not name.endswith(pieces[-1]):
        return False
    place, end = len(pieces[0]), len(name) - len(pieces[-1])
    for piece in pieces[1:-1]:
        found = name.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return place <= end
