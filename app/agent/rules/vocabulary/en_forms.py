"""English: number words, contractions, and how verbs change."""

from __future__ import annotations

from collections.abc import Mapping

from app.agent.rules.vocabulary import in_order, phrases

NUMBERS: Mapping[str, int] = {
    **in_order(
        "zero, one, two, three, four, five, six, seven, eight, nine, ten, "
        "eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, eighteen, nineteen, twenty"
    ),
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "a hundred": 100,
    "a thousand": 1000,
    "a couple": 2,
    "a couple of": 2,
    "couple": 2,
    "couple of": 2,
    "a pair": 2,
    "a pair of": 2,
    "pair of": 2,
    "duo": 2,
    "a dozen": 12,
    "dozen": 12,
    "dozens": -1,
    "half a dozen": 6,
    "a half dozen": 6,
    "half dozen": 6,
    "a score": 20,
    "nil": 0,
    "a trio of": 3,
    "trio of": 3,
    "a trio": 3,
    "a single": 1,
    "just one": 1,
    "none": 0,
    "no replicas": 0,
    "nothing": 0,
    "two dozen": 24,
    "a quartet of": 4,
    "a handful": -1,
}

_DENIED = "is, are, was, were, do, does, did, have, has, had, could, would, should, must, need"

CONTRACTIONS: Mapping[str, str] = {
    **{f"{word}n't": f"{word} not" for word in phrases(_DENIED)},
    **{f"{word}nt": f"{word} not" for word in phrases(_DENIED)},
    **{
        f"{word}'s": f"{word} is"
        for word in phrases("it, that, there, what, who, how, where, here, he, she, everything, something, why, when")
    },
    **{f"{word}'re": f"{word} are" for word in phrases("we, you, they, what")},
    **{f"{word}'d": f"{word} would" for word in phrases("i, we, you, it, he, she, they")},
    **{f"{word}'ll": f"{word} will" for word in phrases("i, we, you, it, that, they")},
    **{f"{word}'ve": f"{word} have" for word in phrases("i, we, you, they")},
    "i'm": "i am",
    "im": "i am",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "wont": "will not",
    "let's": "let us",
    "lets": "let us",
    "whats": "what is",
    "hows": "how is",
    "gimme": "give me",
    "lemme": "let me",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "whys": "why is",
    "id": "i would",
    "ive": "i have",
    "pls": "please",
    "plz": "please",
    "how're": "how are",
    "ur": "your",
    "shouldnt": "should not",
    "ain't": "is not",
    "w/o": "without",
    "w/": "with",
    "y'all": "you",
    "what're": "what are",
    "thats": "that is",
    "who's": "who is",
    "theres": "there is",
    "whatre": "what are",
    "kinda": "kind of",
    "needn't": "need not",
}

_DOUBLED = frozenset(
    phrases("stop, run, scale-up, drop, cut, trim, wrap, plan, ship, shut, spin, get, set, put, let, grep, kill, up")
)
_IRREGULAR = {
    "run": "ran",
    "give": "gave, given",
    "get": "got, gotten",
    "take": "took, taken",
    "make": "made",
    "keep": "kept",
    "bring": "brought",
    "tear": "torn, tore",
    "shut": "",
    "grow": "grew, grown",
    "build": "built",
    "put": "",
    "set": "",
    "cut": "",
    "find": "found",
    "tell": "told",
    "say": "said",
    "lose": "lost",
    "break": "broke, broken",
    "show": "shown",
    "see": "saw, seen",
    "read": "",
    "blow": "blew, blown",
    "throw": "threw, thrown",
    "freeze": "froze, frozen",
    "stand": "stood",
    "send": "sent",
    "wake": "woke, woken",
    "do": "did, done",
    "shrink": "shrunk, shrank",
    "undo": "undid, undone",
    "hang": "hung",
    "hold": "held",
    "spin": "spun",
    "burn": "burnt",
    "fall": "fell, fallen",
    "go": "went, gone",
}
"""Past forms; none where they look like the verb itself."""


def inflect(word: str) -> Mapping[str, str]:
    """The other forms of an English verb (its first word inflected): "restarts": s, "restarting": ing, ..."""
    head, space, rest = word.partition(" ")
    tail = space + rest
    if head in ("up", "del", "rm", "ls", "ps", "kubectl", "docker"):
        return {}
    if head.endswith("e"):
        stem = head[:-1]
    elif head in _DOUBLED:
        stem = head + head[-1]
    elif head.endswith("y") and head[-2:-1] not in "aeou":
        return {f"{head[:-1]}ies{tail}": "s", f"{head}ing{tail}": "ing", f"{head[:-1]}ied{tail}": "ed"}
    else:
        stem = head
    third = head + ("es" if head.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    past = phrases(_IRREGULAR.get(head, f"{stem}ed"))
    return {f"{third}{tail}": "s", f"{stem}ing{tail}": "ing", **{f"{form}{tail}": "ed" for form in past}}
