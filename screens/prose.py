"""Foreign text as lines with roles: prose is wrapped at words, fenced code keeps its columns and gets the colours of its syntax.

The text is made harmless before anything looks at it, and what is not code is never parsed; nothing in it is markup.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size

from core.text import plain
from screens.ink import Line, Span

LONGEST = 20_000
"""Characters of one text that are shown."""
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([\w+-]*)")
_PYTHON = frozenset({"", "py", "python", "python3", "pycon"})
_CODE_START = re.compile(r"(?:def |class |import |from |return |@| {4,}\S|for |while |if )")


class Logical(NamedTuple):
    """One line of a text before it is wrapped. ``code``: its columns matter, so that it is broken at the edge and not at words."""

    spans: tuple[Span, ...]
    code: bool


def styled(text: str, category: str = "") -> tuple[Logical, ...]:
    """A text as lines with roles. Responses to CODE problems are code even without a fence, if they look like it."""
    shown = plain(text, LONGEST).expandtabs(4).strip("\n").rstrip()
    lines = shown.split("\n")
    if category == "CODE" and not any(_FENCE.match(line) for line in lines) and _looks_like_code(shown):
        return tuple(_python(lines))
    return tuple(_parted(lines))


def _looks_like_code(text: str) -> bool:
    try:
        # A number or a sentence of one word would be Python too.
        return any(isinstance(node, ast.stmt) and not isinstance(node, ast.Expr) for node in ast.parse(textwrap.dedent(text)).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = [line for line in text.split("\n") if line.strip()]
        return sum(bool(_CODE_START.match(line)) for line in lines) * 2 > len(lines)


def _parted(lines: Sequence[str]) -> Iterator[Logical]:
    """Prose and fenced blocks in turn; a fence that is never closed lasts to the end."""
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            yield Logical(((lines[at], "strong" if lines[at].startswith("####") else "text"),), False)
            at += 1
            continue
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip().startswith(fence[1])), len(lines))
        yield Logical(((lines[at], "faint"),), True)
        block = lines[at + 1 : end]
        yield from _python(block) if fence[2].lower() in _PYTHON else (Logical(((line, "text"),), True) for line in block)
        if end < len(lines):
            yield Logical(((lines[end], "faint"),), True)
        at = end + 1


def _python(lines: Sequence[str]) -> Iterator[Logical]:
    """Python with a role for each token, line by line."""
    if not lines:
        return
    current: list[Span] = []
    for kind, value in _lexer().get_tokens("\n".join(lines)):
        role = _role(kind)
        first, *rest = value.split("\n")
        if first:
            current.append((first, role))
        for part in rest:
            yield Logical(tuple(current), True)
            current = [(part, role)] if part else []
    if current:
        yield Logical(tuple(current), True)


@lru_cache(maxsize=1)
def _lexer() -> Any:
    from pygments.lexers.python import PythonLexer

    return PythonLexer(stripnl=False, ensurenl=True)


@lru_cache(maxsize=256)
def _role(kind: Any) -> str:
    """The role of a token of Pygments; the more special kind goes first."""
    from pygments.token import Token

    roles = (
        (Token.Comment, "faint"),
        (Token.Keyword, "accent"),
        (Token.Operator.Word, "accent"),
        (Token.Name.Function, "strong"),
        (Token.Name.Class, "strong"),
        (Token.Name.Decorator, "accent"),
        (Token.Name.Builtin, "good"),
        (Token.Literal.String, "warn"),
        (Token.Literal.Number, "warn"),
        (Token.Operator, "dim"),
        (Token.Punctuation, "dim"),
    )
    return next((role for of, role in roles if kind in of), "text")


def laid(lines: Sequence[Logical], width: int) -> Iterator[Line]:
    """The lines wrapped to ``width`` cells, one after the other, so that who wants only some pays for no more."""
    for line in lines:
        yield from (_cut(line.spans, width) if line.code else flowed(line.spans, width))


def first_of(lines: Sequence[Logical], width: int, most: int) -> tuple[list[Line], bool]:
    """At most so many wrapped lines, and whether there are more."""
    found = list(islice(laid(lines, width), most + 1))
    return found[:most], len(found) > most


def _cut(spans: Sequence[Span], width: int) -> Iterator[Line]:
    """Broken at the edge, so that columns stay."""
    line: Line = []
    room = width
    for text, role in spans:
        while text:
            size = cell_len(text)
            if size <= room:
                line.append((text, role))
                room -= size
                break
            piece = _piece(text, room)
            if piece:
                line.append((piece, role))
                text = text[len(piece) :]
            yield line
            line, room = [], width
    yield line


def _piece(text: str, room: int) -> str:
    """As much of a text as fits into ``room`` cells, whole characters; one at least where a whole line is free."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cell_len(text[:middle]) <= room else (low, middle - 1)
    return text[: low or (1 if room > 1 else 0)]


_WORDS = re.compile(r"\s+|\S+")


def flowed(spans: Sequence[Span], width: int) -> Iterator[Line]:
    """Broken at white space; indentation stays, white space at a break goes, and words longer than a line are broken."""
    line: Line = []
    used = 0
    begun = False
    waiting: list[tuple[str, str, int]] = []
    for text, role in spans:
        for word in _WORDS.findall(text):
            size = cell_len(word)
            if word.isspace():
                waiting.append((word, role, size))
                continue
            gap = sum(entry[2] for entry in waiting)
            if begun and used + gap + size > width:
                yield line
                line, used, waiting, gap, begun = [], 0, [], 0, False
            if gap >= width:
                waiting, gap = [], 0
            line += [(blank, role_) for blank, role_, _ in waiting]
            used, waiting = used + gap, []
            while used + size > width:
                piece = _piece(word, width - used)
                if not piece and not used:
                    piece = word[:1]
                line.append((set_cell_size(piece, min(cell_len(piece), width)), role))
                yield line
                line, used, word = [], 0, word[len(piece) :]
                size = cell_len(word)
            if word:
                line.append((word, role))
                used += size
            begun = True
    yield line
