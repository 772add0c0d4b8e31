"""Finding code in free text: fenced blocks, tagged blocks, and bare code between sentences."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

from core.syntax import parse

_SOURCE = "<response>"
# A model's plain string with a backslash is no matter for whoever runs this program.
warnings.filterwarnings("ignore", module=_SOURCE)

LONGEST = 60_000
"""Characters of a response that are looked at."""

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
_TAGGED = re.compile(
    r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)|\[BEGIN\](.*?)(?:\[DONE\]|\Z)|<code>(.*?)(?:</code>|\Z)|<python>(.*?)(?:</python>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_ENDINGS = re.compile(r"<\|(?:eot_id|im_end|endoftext|end_of_text|end|eom_id)\|>|</s>|<｜end▁of▁sentence｜>|<end_of_turn>|<EOT>|\[DONE\]")
_THOUGHT = re.compile(r"^.*</think(?:ing)?>", re.DOTALL)
_START = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+)?def[ \t]+\w+|class[ \t]+\w+|import[ \t]+\w+|from[ \t]+[\w.]+[ \t]+import\b|@\w+|[A-Za-z_]\w*[ \t]*=[^=])"
)
_OTHER_LANGUAGES = frozenset(
    "bash sh shell console text txt plaintext output json javascript js java c cpp c++ go rust html sql yaml markdown md".split()
)
_DEEPEST = 150
_BRACKET = re.compile(r"[()\[\]{}]")
_CHAIN = re.compile(r"(?:(?:[-+~]|not\b|lambda\s*:|await\b)\s*){200}")
_MOST_TRIES = 60


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of code as found. ``before`` is the prose right before it; ``language`` what its fence says, in lower case."""

    text: str
    before: str = ""
    language: str = ""

    @property
    def maybe_python(self) -> bool:
        return self.language not in _OTHER_LANGUAGES


def spoken(text: str) -> str:
    """The response proper: without a reasoning model's thoughts, end-of-text tokens and what a base model wrote after those."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    after = _THOUGHT.sub("", text)
    if after.strip():
        text = after
    end = _ENDINGS.search(text)
    if end and text[: end.start()].strip():
        text = text[: end.start()]
    return text


def fenced(text: str) -> list[Block]:
    """Every fenced or tagged block in order; a last one that is never closed goes to the end of the text."""
    blocks = []
    marks = list(_FENCE.finditer(text))[:_MOST_TRIES]
    last_end = 0
    place = 0
    while place < len(marks):
        opening = marks[place]
        closing = next(
            (mark for mark in marks[place + 1 :] if mark[1].startswith(opening[1]) and not mark[2].strip()), None
        )
        stop = closing.start() if closing else len(text)
        words = opening[2].strip().lower().split()
        language = words[0].strip("{}.") if words else ""
        blocks.append(Block(_dedented(text[opening.end() + 1 : stop]), text[last_end : opening.start()], language))
        if closing is None:
            break
        last_end = closing.end()
        place = marks.index(closing) + 1
    if not blocks:
        for match in _TAGGED.finditer(text):
            blocks.append(Block(_dedented(next(group for group in match.groups() if group is not None))))
    return blocks


def before_first_fence(text: str) -> str | None:
    """What stands before the first fence, when that fence can only be a closing one (the prompt opened it); else None."""
    first = _FENCE.search(text)
    if first is None or first[2].strip() or not text[: first.start()].strip():
        return None
    return text[: first.start()]


def bare(text: str) -> list[Block]:
    """Runs of lines that are Python by themselves, in text without fences: each starts where code may start and is as long as it parses."""
    if not safe_to_parse(text):
        return []
    lines = text.split("\n")
    blocks: list[Block] = []
    place = tries = 0
    effort = Effort()
    while place < len(lines) and tries < _MOST_TRIES:
        if not _START.match(lines[place]):
            place += 1
            continue
        tries += 1
        found = longest_prefix(_dedented("\n".join(lines[place:])), effort)
        length = found.count("\n") + 1 if found.strip() else 0
        if length:
            blocks.append(Block(without_stray_words(found), "\n".join(lines[max(0, place - 3) : place])))
        place += max(length, 1)
    return blocks


def parsed(code: str) -> ast.Module | None:
    """The syntax tree, or None when this is no Python (or nested so deeply that parsing it would be a risk)."""
    if not safe_to_parse(code):
        return None
    try:
        return parse(code, _SOURCE)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def safe_to_parse(code: str) -> bool:
    """Whether brackets and chains of operators are shallow enough for the parser's recursion."""
    if len(code) > 2 * LONGEST or _CHAIN.search(code):
        return False
    depth = deepest = 0
    for bracket in _BRACKET.findall(code):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest < _DEEPEST


@dataclass(slots=True)
class Effort:
    """How many characters may still be parsed for one response: text made to be slow to parse runs out of it."""

    left: int = 1_000_000


def longest_prefix(code: str, effort: Effort | None = None) -> str:
    """The first lines of ``code``, as many as parse together; "" when not even one does, or when ``effort`` is used up.

    With ``effort`` given, ``code`` is part of a text that is known to be safe to parse.
    """
    if effort is None:
        if not safe_to_parse(code):
            return ""
        effort = Effort()
    lines = code.split("\n")
    while lines:
        text = "\n".join(lines)
        effort.left -= len(text)
        if effort.left < 0:
            return ""
        try:
            parse(text, _SOURCE)
            return text
        except SyntaxError as error:
            # The parser stops at the first line it cannot use, or later; what comes after is no help.
            reached = error.lineno or len(lines)
        except (ValueError, RecursionError, MemoryError):
            return ""
        lines = lines[: max(0, min(reached, len(lines)) - 1)]
        while lines and not lines[-1].strip():
            lines.pop()
    return ""


def without_stray_words(code: str) -> str:
    """``code`` less top-level lines that are bare names or, after the first, constants: words of prose that happen to parse."""
    tree = parsed(code)
    if tree is None:
        return code
    stray = [
        node
        for place, node in enumerate(tree.body)
        if isinstance(node, ast.Expr)
        and (isinstance(node.value, (ast.Name, ast.Attribute, ast.BinOp, ast.Tuple)) or (place and isinstance(node.value, ast.Constant)))
    ]
    lines = code.split("\n")
    for node in stray:
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "\n".join(lines)


def _dedented(code: str) -> str:
    lines = [line for line in code.split("\n") if line.strip()]
    if lines and all(line.startswith(">") for line in lines) and parsed(code) is None:  # a block within a Markdown quotation
        code = "\n".join(re.sub(r"^> ?", "", line) for line in code.split("\n"))
    return textwrap.dedent(code.expandtabs(4) if "\t" in code and " " in code and parsed(code) is None else code)
