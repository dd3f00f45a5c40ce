"""The stages by themselves: tokens, numbers, names, pasted text, canonical actions."""

from __future__ import annotations

from typing import Any

import pytest

from app.agent.rules.canonical import actions_of, canonical, wishes_of
from app.agent.rules.counts import read_count
from app.agent.rules.lexicon import detect, lexicon
from app.agent.rules.names import AppIndex, health
from app.agent.rules.reading import KnownApp, Outcome, Reading, Wish
from app.agent.rules.replies import msg, words
from app.agent.rules.senses import AppMention, Count, Role
from app.agent.rules.text import is_manifest, split_message
from app.agent.rules.tokens import Shape, tokenize
from app.agent.rules.vocabulary.say_en import SAY_EN

SHAPES = [
    ("web", Shape.WORD),
    ("12", Shape.NUMBER),
    ("1,000", Shape.NUMBER),
    ("-3", Shape.ODD),
    ("1O", Shape.ODD),
    ("1e9", Shape.ODD),
    ("1.27", Shape.VERSION),
    ("7.4-alpine", Shape.VERSION),
    ("512Mi", Shape.AMOUNT),
    ("80%", Shape.AMOUNT),
    ("30m", Shape.AMOUNT),
    ("8080:80", Shape.MAPPING),
    ("53/udp", Shape.MAPPING),
    ("10:45", Shape.DATE),
    ("2025-10-19", Shape.DATE),
    ("nginx:1.27", Shape.REFERENCE),
    ("ghcr.io/a/b@sha256:abc", Shape.REFERENCE),
    ("/api/health", Shape.PATH),
    ("--replicas=3", Shape.FLAG),
    ("LOG_LEVEL=debug", Shape.PAIR),
    ('"two words"', Shape.QUOTE),
    ("https://example.com/x?y=z", Shape.LINK),
    ("root@example.com", Shape.LINK),
    ("->", Shape.ARROW),
    ("&&", Shape.SHELL),
    ("*", Shape.STAR),
]

NUMBERS = [
    ("seven", Count(7)),
    ("twenty five", Count(25)),
    ("twenty-five", Count(25)),
    ("a hundred and two", Count(102)),
    ("three hundred", Count(300)),
    ("ten thousand", Count(10_000)),
    ("a couple of", Count(2)),
    ("half a dozen", Count(6)),
    ("two dozen", Count(24)),
    ("2 dozen", Count(24)),
    ("minus one", Count(problem="negative")),
    ("negative 3", Count(problem="negative")),
    ("+2", Count(2, change=1)),
    ("2.5", Count(problem="fraction")),
    ("two point five", Count(problem="fraction")),
    ("3-5", Count(problem="range")),
    ("0x10", Count(problem="odd")),
]


@pytest.mark.parametrize(("text", "shape"), SHAPES)
def test_shapes(text: str, shape: Shape) -> None:
    assert [token.shape for token in tokenize(text)] == [shape]


@pytest.mark.parametrize(("text", "count"), NUMBERS)
def test_numbers(text: str, count: Count) -> None:
    found = read_count(tokenize(text), 0, lexicon())
    assert found is not None
    assert found[0] == count


def test_tokens_keep_their_place() -> None:
    text = "scale  web-admin to 3, please."
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text


def test_contractions_are_words() -> None:
    split = lexicon().contractions
    assert [token.low for token in tokenize("don't", split)] == ["do", "not"]
    assert [token.low for token in tokenize("n'efface", lexicon("fr").contractions)] == ["ne", "efface"]
    assert [token.low for token in tokenize("cache's logs", split)] == ["cache", "logs"]


def test_pairs_keep_quoted_values_together() -> None:
    texts = [token.text for token in tokenize("A=\"x, y\",B=2, C='it is'")]
    assert 'A="x, y"' in texts
    assert "C='it is'" in texts


def test_longest_phrase_wins() -> None:
    found = lexicon().match(tokenize("health check on /x"), 0)
    assert found is not None
    assert found[1] == 2


def test_slips_are_put_right_only_where_that_is_clear() -> None:
    near = lexicon().near
    restart = near("restrat")
    assert restart is not None
    assert restart.senses[Role.VERB] == "restart"
    assert near("xyzzy") is None
    assert near("dele") is None or Role.VERB in near("dele").senses  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scale it to five", "en"),
        ("escala a cinco", "es"),
        ("bitte neu starten", "de"),
        ("montre les journaux", "fr"),
        ("quero escalar", "pt"),
    ],
)
def test_detection(text: str, code: str) -> None:
    assert detect(text.split()) == code


def _index(*names: str) -> AppIndex:
    return AppIndex([KnownApp(name, "nginx", 1) for name in names])


def test_names() -> None:
    index = _index("web", "web-admin", "worker", "sock-shop-front-end")
    assert index.exact(tokenize("web admin"), 0) == (AppMention(("web-admin",), "spaced"), 2)
    assert index.word("workers").names == ("worker",)  # type: ignore[union-attr]
    assert index.word("default/web").names == ("web",)  # type: ignore[union-attr]
    assert index.word("deployment/web").names == ("web",)  # type: ignore[union-attr]
    assert index.word("staging/web") is None
    assert index.exact(tokenize("sock-shop front-end"), 0)[0].names == ("sock-shop-front-end",)  # type: ignore[index]
    assert index.near("wrker").names == ("worker",)  # type: ignore[union-attr]
    assert index.near("we") is None
    assert index.part("admin").names == ("web-admin",)  # type: ignore[union-attr]


def test_near_names_that_tie_stay_unclear() -> None:
    mention = _index("api-a", "api-b").near("api-c")
    assert mention is not None
    assert set(mention.names) == {"api-a", "api-b"}
    assert not mention.sure


def test_globs() -> None:
    index = _index("web", "web-admin", "api")
    assert index.glob("web*") == ("web", "web-admin")
    assert index.glob("*a*i*") == ("web-admin", "api")
    assert index.glob("w*b") == ("web",)
    assert index.glob("x*") == ()


def test_health_of_all_status_words() -> None:
    assert [health(word) for word in ("Running", "Crash-looping", "Stopped", "Starting", "Unknown", "oomkilled")] == [
        "good",
        "bad",
        "stopped",
        "pending",
        "unknown",
        "bad",
    ]


def test_manifests_are_told_from_prose() -> None:
    assert is_manifest("apiVersion: v1\nkind: Pod")
    assert is_manifest('{"apiVersion": "v1", "kind": "Pod"}')
    assert is_manifest("services:\n  web:\n    image: nginx\n")
    assert not is_manifest("deploy nginx with kind: regards")
    assert not is_manifest("services: we have three of them")
    assert split_message("apply\n---\nkind: Pod\n").manifest == "---\nkind: Pod\n"
    assert split_message("look:\n```\nplain log\n```\nthanks").prose.split() == ["look:", "thanks"]


def test_canonical_actions() -> None:
    assert actions_of(Wish("delete", {"apps": ["a", "b"]})) == [
        {"action": "delete", "app": "a"},
        {"action": "delete", "app": "b"},
    ]
    assert actions_of(Wish("deploy", {"image": "ghcr.io/x/my_app:1", "runtime": "docker"})) == [
        {"action": "deploy", "app": "my-app", "image": "ghcr.io/x/my_app:1"}
    ]
    assert actions_of(Wish("scale", {"app": "a", "replicas": 0}, "stop")) == [{"action": "stop", "app": "a"}]
    assert actions_of(Wish("status", {}, "list")) == [{"action": "list"}]
    assert actions_of(Wish("status", {}, "metrics")) == [{"action": "status"}]


def test_the_gate_s_rule_in_canonical_words() -> None:
    stops = tuple(Wish("scale", {"app": name, "replicas": 0}, "stop") for name in "abc")
    assert canonical(Reading(stops[:2])) == [{"action": "stop", "app": "a"}, {"action": "stop", "app": "b"}]
    assert canonical(Reading(stops))[0]["action"] == "confirm_required"
    filtered = Wish("scale", {"app": "a", "replicas": 0}, "stop", by_filter=True)
    assert canonical(Reading((filtered,)))[0]["action"] == "confirm_required"
    mixed = Reading((Wish("delete", {"apps": ["a"]}), *stops[1:]))
    assert [len(action["then"]) for action in canonical(mixed)] == [3]
    refused = Reading(outcome=Outcome.REFUSE, reason="not_found")
    assert canonical(refused) == [{"action": "refuse", "reason": "not_found"}]


def test_canonical_actions_become_wishes_again() -> None:
    apps = (KnownApp("a", "nginx", 1), KnownApp("b", "nginx", 1))
    did: list[dict[str, Any]] = [
        {"action": "deploy", "app": "~web", "image": "nginx"},
        {"action": "stop", "app": "a"},
        {"action": "confirm_required", "then": [{"action": "delete", "app": "*"}]},
        {"action": "clarify", "about": "app"},
    ]
    assert wishes_of(did, apps) == (
        Wish("deploy", {"name": "web", "image": "nginx"}),
        Wish("scale", {"app": "a", "replicas": 0}),
        Wish("delete", {"apps": ["a"]}),
        Wish("delete", {"apps": ["b"]}),
    )


def test_replies_never_format_what_people_wrote() -> None:
    assert (
        words(msg("no_such_app", word='"{names}"', names=("a", "b")))
        == 'There is no app "{names}". Running now: a and b.'
    )
    assert words(msg("which_app", names=tuple("abc")), "xx") == "Which app do you mean: a, b or c?"
    assert all(text.endswith((".", "?", "}")) for text in SAY_EN.values())
