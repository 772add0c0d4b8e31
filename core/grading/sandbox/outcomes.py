"""Outcome by outcome: every assert of a HumanEval ``check`` is noted by itself, instead of the first failure ending the rest."""

from __future__ import annotations

import ast
from collections.abc import Callable

from core.grading.sandbox.remote import Gone
from core.syntax import parse

NOTE = "__cogumi_note__"
_CAUGHT = "__cogumi_caught__"


def with_notes(test: str, check: str) -> tuple[ast.Module, int]:
    """The test's syntax tree with each assert in the function ``check`` noted by number, and how many there are.

    Asserts inside ``try``, ``with`` or an inner function stay as they are, for there a failure may be meant to be caught.
    Raises SyntaxError when the test is no Python.
    """
    tree = parse(test)
    noter = _Noter()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == check:
            node.body = noter.rewrite(node.body)
    return ast.fix_missing_locations(tree), noter.count


class _Noter:
    def __init__(self) -> None:
        self.count = 0

    def rewrite(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self._statement(node) for node in body]

    def _statement(self, node: ast.stmt) -> ast.stmt:
        if isinstance(node, ast.Assert):
            return self._noted(node)
        if isinstance(node, (ast.For, ast.While, ast.If)):
            node.body = self.rewrite(node.body)
            node.orelse = self.rewrite(node.orelse)
        return node

    def _noted(self, node: ast.Assert) -> ast.stmt:
        number = self.count
        self.count += 1
        failed = ast.ExceptHandler(
            ast.Name("BaseException", ast.Load()), _CAUGHT, [_call(number, ast.Name(_CAUGHT, ast.Load()))]
        )
        return ast.copy_location(ast.Try([node], [failed], [_call(number, ast.Constant(None))], []), node)


def _call(number: int, error: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(number), error], []))


class Outcomes:
    """Collects the notes of one run; an assert in a loop passes when it passes every time."""

    def __init__(self, count: int, say: Callable[..., None]) -> None:
        self._count = count
        self._say = say
        self._told: dict[int, bool] = {}

    def note(self, number: int, error: BaseException | None) -> None:
        """Called by the rewritten test. Raises Gone again, for nothing more can pass once the tested process is gone."""
        passed = error is None
        if self._told.get(number) is not False and self._told.get(number) != passed:
            self._told[number] = passed
            self._say("test", number, passed, "" if error is None else _why(error))
        if isinstance(error, Gone):
            raise error

    def finish(self) -> None:
        """The check ran to its end: asserts in branches that were not taken, or a check without asserts, have nothing against them."""
        for number in range(max(self._count, 1)):
            if number not in self._told:
                self._say("test", number, True, "")


def _why(error: BaseException) -> str:
    if isinstance(error, AssertionError):
        return str(error)[:300] or "wrong result"
    return f"{type(error).__name__}: {error}"[:300]
