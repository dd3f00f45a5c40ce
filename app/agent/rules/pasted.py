"""Pasted manifests: the text goes to the tool untouched, the words around it say what is wanted of it."""

from __future__ import annotations

from app.agent.rules.lexicon import lexicon
from app.agent.rules.replies import msg
from app.agent.rules.senses import Role
from app.agent.rules.steps import Step, do, refuse, wish
from app.agent.rules.text import MAX_MANIFEST_BYTES, Message
from app.agent.rules.tokens import tokenize

_PROSE_CHARS = 2000
"""Prose around a manifest is a sentence or two; what follows is not read."""


def manifest_step(message: Message, tools: frozenset[str]) -> Step:
    """Apply, or try without effect where the words ask for that."""
    if len(message.manifest.encode()) > MAX_MANIFEST_BYTES:
        return refuse("manifest.large", "invalid_value", msg("manifest_too_large"))
    verb, checking = _wanted(message.prose[:_PROSE_CHARS])
    if verb == "compare" and "diff" in tools:
        return do("manifest.diff", wish("diff", {"yaml": message.manifest}))
    if verb in ("delete", "drop", "stop", "kill"):
        return refuse("manifest.delete", "unsupported", msg("cannot_thing", what="deleting by manifest"))
    if "apply_manifest" not in tools:
        return refuse("apply_manifest.unbound", "unsupported", msg("cannot_yet", what="apply manifests"))
    arguments = {"yaml": message.manifest, "dry_run": True if checking or verb == "compare" else None}
    return do("manifest.apply", wish("apply_manifest", arguments))


def _wanted(prose: str) -> tuple[str, bool]:
    """The first verb of the prose, and whether it asks for a look only."""
    words = lexicon("en")
    tokens = tokenize(prose, words.contractions)
    verb, checking, at = "", False, 0
    while at < len(tokens):
        found = words.match(tokens, at)
        if found is None:
            at += 1
            continue
        senses = found[0].senses
        verb = verb or senses.get(Role.VERB, "")
        checking = checking or senses.get(Role.MARK) == "dryrun" or Role.NOT in senses
        at += found[1]
    looks = {"check", "explain", "show", "describe", "analyze", "find"}
    return verb, checking or verb in looks
