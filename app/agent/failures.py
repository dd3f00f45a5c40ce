"""Why a model did not answer, in a few words. Never the endpoint's own text: it may repeat the key."""

from __future__ import annotations

from langchain_core.messages import AIMessage

_BY_STATUS = {
    400: "it refused the request",
    401: "the key was refused",
    403: "the key was refused",
    404: "it is not known there",
    408: "it timed out",
    413: "the conversation is too long for it",
    429: "its rate limit is reached",
}


class Unusable(Exception):
    """The model answered, but with nothing that can be used. The text is the reason in a few words."""


def check_answer(message: AIMessage) -> None:
    """Raises `Unusable` for an empty answer or one with a call that cannot be read."""
    if message.invalid_tool_calls:
        raise Unusable("it sent a tool call that cannot be read")
    if not message.tool_calls and not message.text.strip():
        raise Unusable("it sent an empty answer")


def worth_repeating(error: BaseException) -> bool:
    """The endpoint was busy (429), failed by itself (5xx) or did not take the connection. A time-out is not: whoever
    waits has waited long enough."""
    import openai  # as in `reason`: heavy, and only there where a model is asked

    if isinstance(error, openai.APITimeoutError):
        return False
    return isinstance(error, openai.RateLimitError | openai.InternalServerError | openai.APIConnectionError)


def out_of_order(error: BaseException) -> bool:
    """The endpoint itself does not work, so that the next question would fail, too. What one conversation caused (too
    long, refused, an answer that cannot be used) is not that."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code in (401, 403, 404, 408, 429)
    return isinstance(error, openai.APIConnectionError | TimeoutError)


def reason(error: Exception) -> str:
    """`it timed out`, `the key was refused (401)`, ..."""
    if isinstance(error, Unusable):
        return str(error)
    import openai

    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return "it timed out"
    if isinstance(error, openai.APIStatusError):
        words = _BY_STATUS.get(error.status_code, "the server failed" if error.status_code >= 500 else "it said no")
        return f"{words} ({error.status_code})"
    if isinstance(error, openai.APIConnectionError):
        return "it cannot be reached"
    return "it sent something that cannot be read"
