"""What a rule says: a clue for one cause, with its weight and the words it rests on.

Weights are comparable over all families: 5 the platform itself states the cause; 4 a message that has only this cause;
3 a message that usually has it; 2 one of several readings; 1 a hint that decides nothing alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from app.analysis.evidence import Evidence
from app.analysis.tone import LOUDNESS, Tone
from app.core.diagnosis import Cause, Item, Quote, RemedyClass, Source, Symptoms

SPOKEN = frozenset({Source.LOG, Source.PREVIOUS, Source.EVENT, Source.STATE})
"""Where most signs may stand: what the program and the platform said; a probe's output has its own family."""
PRINTED = frozenset({Source.LOG, Source.PREVIOUS})
PLATFORM = frozenset({Source.EVENT, Source.STATE})
PROBED = frozenset({Source.PROBE})

AT_END, NEAR_END = 15, 60
"""Lines before the last one that belong to the end itself, or stand near it."""
EARLIER, PAST = 0.5, 1.2
NOTHING = 0.6
"""A clue of less weight changes no answer."""

DECISIVE, SPECIFIC, USUAL, POSSIBLE, HINT = 5.0, 4.0, 3.0, 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Clue:
    cause: Cause
    weight: float
    quotes: tuple[Quote, ...] = ()
    remedy: RemedyClass | None = None
    """The remedy this very sign asks for, where it is not the cause's default."""
    because: str = ""
    ambiguous: bool = False
    """The same words have another cause about as often."""
    order: int = 0
    """Where it stands in the evidence: the first error comes before the last."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A message and what it means. `unless` on the same line takes it back."""

    cause: Cause
    weight: float
    pattern: re.Pattern[str]
    remedy: RemedyClass | None = None
    where: frozenset[Source] = SPOKEN
    unless: re.Pattern[str] | None = None
    because: str = ""
    ambiguous: bool = False
    toneless: bool = False
    """The words mean this however quietly they are said."""


MACROS = {
    "<NAME>": r"(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)",
    "<TOOL>": r"(?:curl|wget|nc|netcat|pg_isready|mysqladmin|redis-cli|mongo(?:sh)?|sh|bash|grpc_health_probe"
    r"|[\w./-]+)",
}
"""Pieces that patterns share: a variable's name, a tool that probes use."""


def alternatives(block: str) -> str:
    """One regular expression of a block with one alternative a line; a line that begins with `...` goes on with the
    one before."""
    lines: list[str] = []
    for line in (text.strip() for text in block.splitlines()):
        if line.startswith("..."):
            lines[-1] += line[3:]
        elif line:
            lines.append(line)
    joined = "|".join(f"(?:{line})" for line in lines)
    for name, pattern in MACROS.items():
        joined = joined.replace(name, pattern)
    return joined


def sign(
    cause: Cause,
    weight: float,
    patterns: str,
    *,
    remedy: RemedyClass | None = None,
    where: frozenset[Source] = SPOKEN,
    unless: str = "",
    because: str = "",
    ambiguous: bool = False,
    toneless: bool = False,
) -> Sign:
    """Any of `patterns`: a block of regular expressions, one a line, case ignored."""
    return Sign(
        cause,
        weight,
        re.compile(alternatives(patterns), re.IGNORECASE),
        remedy,
        where,
        re.compile(unless, re.IGNORECASE) if unless else None,
        because,
        ambiguous,
        toneless,
    )


_PULLING = re.compile(
    r"ErrImage(?:Never)?Pull|ImagePullBackOff|InvalidImageName|ImageInspectError|failed to pull"
    r"|error pulling|pulling image|pull access|docker pull|unable to pull|failed to resolve reference"
    r"|registry[\w.-]*/v2/|https?://[\w.:-]+/(?:v2/|v1/_ping)|manifest (?:for|unknown)|image pull",
    re.IGNORECASE,
)
_NOT_PULLED = re.compile(r"^(?:ErrImage(?:Never)?Pull|ImagePullBackOff|InvalidImageName)\b", re.IGNORECASE)
_BY_PROBE = re.compile(r"stopped: (?:liveness|startup) probe failed", re.IGNORECASE)
PROBE_FAILED = re.compile(
    r"(?:liveness|readiness|startup|health)[ -]?(?:probe|check)s?.{0,40}(?:fail|error|timed out"
    r"|unhealthy)",
    re.IGNORECASE,
)
"""What an event of this kind goes on to say is the probe's failure, not the program's."""
_SUCCESS = re.compile(
    r"connected to|connection (?:established|acquired)|successfully connected"
    r"|ready to accept connections|listening on|server (?:is )?(?:started|running|ready|listening)"
    r"|\bstarted \w+ in \d|start(?:ed|up) complete|now ready|serving on|running on http"
    r"|application startup complete|ready for connections|start worker process|is ready\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scene:
    """Symptoms and evidence with what several families ask about them."""

    symptoms: Symptoms
    evidence: Evidence
    orders: dict[str, int] = field(default_factory=dict)

    @cached_property
    def pulling(self) -> bool:
        """The image was being fetched when it failed: the container never started."""
        said = [self.symptoms.state_reason, *self.symptoms.events, *self.symptoms.logs[-20:]]
        return any(_PULLING.search(text) for text in said)

    @cached_property
    def printed(self) -> tuple[Item, ...]:
        return self.evidence.of(Source.LOG, Source.PREVIOUS)

    @cached_property
    def loudest(self) -> Tone:
        """Of what the program printed towards its end."""
        near = (item for item in self.printed if self.past(item) < PAST)
        return max((self.evidence.tones[item.id] for item in near), default=Tone.HARMLESS)

    @cached_property
    def last_success(self) -> int:
        """The place of the last line that says it works; -1 = there is none."""
        return max((self.orders[item.id] for item in self.printed if _SUCCESS.search(item.text)), default=-1)

    @cached_property
    def absent(self) -> bool:
        """The platform says that the image is not there, so what was printed is of a version that runs or ran."""
        return _NOT_PULLED.search(self.symptoms.state_reason) is not None and self.symptoms.exit_code is None

    @cached_property
    def ended_by_probe(self) -> bool:
        """A probe had it stopped: it did not end by itself, and nobody outside wanted its end."""
        return self.first(_BY_PROBE, *PLATFORM) is not None

    def past(self, item: Item) -> float:
        """What a printed line weighs less because much was printed after it: the program went on."""
        if self.absent and item.source in PRINTED and _PULLING.search(item.text) is None:
            return PAST
        behind = self.evidence.behind.get(item.id, 0)
        return PAST if behind > NEAR_END else EARLIER if behind > AT_END else 0.0

    def matches(self, pattern: re.Pattern[str], *sources: Source) -> Iterator[tuple[Item, re.Match[str]]]:
        for item in self.evidence.of(*(sources or tuple(SPOKEN))):
            if item.id in self.evidence.code:
                continue
            if found := pattern.search(item.text):
                yield item, found

    def first(self, pattern: re.Pattern[str], *sources: Source) -> Item | None:
        return next((item for item, _ in self.matches(pattern, *sources)), None)

    def clue(self, cause: Cause, weight: float, *items: Item | None, **more: object) -> Clue:
        """A clue that rests on whole items."""
        real = [item for item in items if item is not None]
        order = min((self.orders[item.id] for item in real), default=10_000)
        made = Clue(cause, weight, tuple(quote(item) for item in real), order=order)
        return replace(made, **more)  # type: ignore[arg-type]


def scene_of(symptoms: Symptoms, evidence: Evidence) -> Scene:
    orders = {item.id: number for number, item in enumerate(evidence.items)}
    return Scene(symptoms, evidence, orders)


QUOTE_CHARS = 300


def quote(item: Item, found: re.Match[str] | None = None) -> Quote:
    """The item's words, or of a long one the part around `found`; always a verbatim piece."""
    text = item.text.strip()
    if len(text) <= QUOTE_CHARS or found is None:
        return Quote(item.id, text[:QUOTE_CHARS].rstrip())
    start = max(0, found.start() - QUOTE_CHARS // 3)
    return Quote(
        item.id, item.text[start : max(start + QUOTE_CHARS, min(found.end(), start + 2 * QUOTE_CHARS))].strip()
    )


def read_signs(scene: Scene, signs: tuple[Sign, ...]) -> Iterator[Clue]:
    """A clue for every sign and line that match, weighed by the line's tone and its distance from the end; what would
    weigh next to nothing is not even looked for."""
    for item in scene.evidence.items:
        if item.id in scene.evidence.code:
            continue
        probing = item.source is Source.EVENT and PROBE_FAILED.search(item.text) is not None
        heard = LOUDNESS[scene.evidence.tones[item.id]]
        less = scene.past(item) + (0.25 if item.source is Source.PREVIOUS else 0.0)
        for one in signs:
            if item.source not in one.where or (probing and one.cause is not Cause.PROBE):
                continue
            weight = one.weight - less + (0.0 if one.toneless else heard)
            if weight < NOTHING:
                continue
            found = one.pattern.search(item.text)
            if found is None or (one.unless is not None and one.unless.search(item.text)):
                continue
            yield Clue(
                one.cause,
                weight,
                (quote(item, found),),
                one.remedy,
                one.because,
                one.ambiguous,
                scene.orders[item.id],
            )
