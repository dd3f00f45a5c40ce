"""The rules as a chat model: the same graph, tools and approvals work with no language model at all."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from agent_tools import ToolResult
from app.agent.messages import is_sentence, reading_notes, result_of, results_since
from app.agent.reader import Reader
from app.agent.speech.languages import language_of
from app.agent.speech.phrases import spoken

NOT_UNDERSTOOD = 'I did not understand that. Say for example "deploy 3 nginx", "scale web to 5", "status" or "help".'
RULES = "rules"
LOOKED_BACK = 5
"""Sentences that may tell the language: a name or a number alone does not."""
_PIECE = re.compile(r"[^\n]*\n+|[^\n]+")


class RuleModel(BaseChatModel):
    """Reads the sentence, answers with tool calls; with their results at hand, answers with what they say."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    reader: Reader

    @property
    def _llm_type(self) -> str:
        return RULES

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """`tool_choice` is not needed: the rules call a tool where the sentence asks for it."""
        return self.bind(tools=[_name(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        answer = self.answer(messages, kwargs.get("tools") or ())
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(self.answer(messages, kwargs.get("tools") or ())):
            if run_manager is not None:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def answer(self, messages: Sequence[BaseMessage], tools: Sequence[str]) -> AIMessage:
        """`tools` are the names of those that can be called."""
        if results := results_since(messages):
            said = report([result_of(message) for message in results])
            return AIMessage(spoken(said, self._language(messages)))
        bound = frozenset(tools)
        reading = self.reader.reading(messages, bound)
        calls = [
            ToolCall(name=wish.tool, args=wish.arguments, id=f"call-{uuid4().hex}", type="tool_call")
            for wish in reading.wishes
            if wish.tool in bound
        ]
        text = reading.say or ("" if calls else NOT_UNDERSTOOD)
        return AIMessage(text, tool_calls=calls, additional_kwargs=reading_notes(reading))

    def _language(self, messages: Sequence[BaseMessage]) -> str:
        sentences = [message.text for message in reversed(messages) if is_sentence(message)]
        return language_of(sentences[:LOOKED_BACK], {app.name for app in self.reader.apps()})


def _name(tool: Any) -> str:
    """The rules know what each tool takes; of what is bound they need the name only."""
    return str(tool.name if isinstance(tool, BaseTool) else convert_to_openai_tool(tool)["function"]["name"])


def report(results: Sequence[ToolResult]) -> str:
    """What tools returned, in their own words, each thing once. Nothing is added."""
    parts = [part for result in results for part in (result.summary, result.next) if part]
    return "\n\n".join(dict.fromkeys(parts))


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """The notes and calls first (once: chunks are merged by adding), then the text line by line."""
    calls = [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=at)
        for at, call in enumerate(message.tool_calls)
    ]
    yield ChatGenerationChunk(
        message=AIMessageChunk(content="", tool_call_chunks=calls, additional_kwargs=message.additional_kwargs)
    )
    for piece in _PIECE.findall(message.text):
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
