"""The language without a model: a sentence and the world as it is, to tool calls, one question or one refusal.

Text -> tokens -> items (words with their meanings, values, apps) -> clauses -> context -> intents -> checked steps
-> one `Reading`. Pure: no clock, no network, no LangChain; the chat model around it only translates.
"""

from __future__ import annotations

from app.agent.rules.reader import read

__all__ = ["read"]
