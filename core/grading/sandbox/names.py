"""What a test's text says about names: which of them the tested code must supply, and what must be there before it runs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from core.syntax import parse

_BUILTINS = frozenset(dir(builtins))
_NEVER = frozenset({"__import__", "compile", "eval", "exec", "open", "isinstance", "type"})


def prelude(texts: Iterable[str], classes_of: str) -> list[str]:
    """Statements that run before the tested code: the tests' own top-level imports, which in one program would serve the code too,
    and the classes of ``classes_of``, whose instances only the tested process can hold."""
    found = [
        ast.unparse(node) for text in texts for node in _body(text) if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    return found + [ast.unparse(node) for node in _body(classes_of) if isinstance(node, ast.ClassDef)]


def without_classes(text: str) -> str:
    """``text`` less its top-level classes. A text that does not parse stays as it is and fails where it is run."""
    body = _body(text)
    if not any(isinstance(node, ast.ClassDef) for node in body):
        return text
    return "\n".join(ast.unparse(node) for node in body if not isinstance(node, ast.ClassDef))


def free_names(texts: Iterable[str]) -> list[str]:
    """The names that the tests use and neither bind nor find among Python's own: functions and classes of the tested code.

    When there is no such function, one of Python's own names that a test calls is meant (MBPP asks for a ``sum`` of its own).
    """
    used: dict[str, None] = {}
    called: dict[str, None] = {}
    bound: set[str] = set()
    for text in texts:
        for node in (child for statement in _body(text) for child in ast.walk(statement)):
            bound.update(_bound_by(node))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used[node.id] = None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called.setdefault(node.func.id)
    free = [name for name in used if name not in bound and name not in _BUILTINS]
    if not any(name in called for name in free):
        free += [name for name in called if name in _BUILTINS and name not in bound | _NEVER][:1]
    return free


def _body(text: str) -> list[ast.stmt]:
    try:
        return parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def _bound_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ExceptHandler) and node.name:
        return [node.name]
    return []
