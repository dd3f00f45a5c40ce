"""A YAML parser's complaint in words that help: which line, what stands there, what to do about it."""

from __future__ import annotations

import re

import yaml

from app.core.manifest.report import FieldError, Reason
from app.core.quoting import quoted

TEMPLATE_HINT = (
    "this looks like a template (Helm, Jinja): render it first, for example with `helm template`, and give the result"
)
_TEMPLATE = re.compile(r"""^[^"'#\n]*\{[{%]""", re.MULTILINE)
_SECRET = re.compile(r"""kind["']?\s*:\s*["']?Secret\b""")
"""No line of such a text is shown: it may be the one with the value."""
_HINTS = (
    ("mapping values are not allowed", "check the indentation, or quote a value that has ': ' in it"),
    ("did not find expected key", "check the indentation: keys of one mapping begin in the same column"),
    ("did not find expected '-'", "check the indentation: items of one list begin in the same column"),
    ("block end", "check the indentation"),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    ("unexpected end of stream", "a quote that was opened is not closed"),
    ("',' or", "a bracket that was opened is not closed"),
    ("node content", "a bracket that was opened is not closed, or a value is missing"),
    ("cannot start any token", "put the value in quotes"),
    ("<document start>", "put a line with --- between two documents"),
    ("unknown escape", "use single quotes where a backslash is meant literally"),
)


def syntax_error(error: yaml.YAMLError, text: str, document: int) -> FieldError:
    """`error` with its line, the text of that line and a hint."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else None
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "not valid YAML")
    lines = text.splitlines()
    source = lines[line - 1] if line and line <= len(lines) else ""
    opened = getattr(error, "context_mark", None)
    since = f", begun on line {opened.line + 1}" if opened and line and opened.line + 1 < line else ""
    shown = f", at {quoted(source.strip())}" if source.strip() and not _SECRET.search(text) else ""
    message = f"not valid YAML: {problem}{since}{shown}"
    return FieldError(document, "", line, message, _hint(problem, source, lines, line), Reason.SYNTAX)


def looks_like_template(text: str) -> bool:
    return _TEMPLATE.search(text) is not None


def _hint(problem: str, source: str, lines: list[str], line: int | None) -> str:
    near = lines[max(0, (line or 1) - 2) : line]
    if looks_like_template("\n".join(lines)):
        return TEMPLATE_HINT
    if re.match(r" *\t", source) or any(re.match(r" *\t", each) for each in near):
        return "a line is indented with a tab: indent with spaces"
    return next((hint for words, hint in _HINTS if words in problem), "")
