"""The shell's own lasting conversation: `kubelite ask` continues it, `--new` starts the next one."""

from __future__ import annotations

from app.ports.store import ConversationStore

SHELL = "shell"


async def shell_conversation(store: ConversationStore, *, new: bool) -> str:
    """The id of the shell's present conversation; with `new`, of a fresh one that is present from now on."""
    state = await store.get_conversation(SHELL)
    number = int(state.get("number", 1)) + new
    if new:
        await store.put_conversation(SHELL, {**state, "number": number})
    return f"{SHELL}-{number}"
