"""Reference programs made wrong on purpose: by what they return, and by one changed operator or constant."""

from __future__ import annotations

import ast
import copy
import random

from core.syntax import parse

WRONG = "__made_wrong__"

_HELPER = f'''
def {WRONG}(value):
    if isinstance(value, bool): return not value
    if isinstance(value, (int, float, complex)): return value + 1
    if isinstance(value, str): return value + "x"
    if isinstance(value, list): return value + ["x"]
    if isinstance(value, tuple): return value + ("x",)
    if isinstance(value, (set, frozenset)): return value ^ {{"x"}}
    if isinstance(value, dict): return {{**value, "x": 1}}
    if value is None: return 1
    return not value
'''

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


def with_wrong_values(code: str, names: set[str]) -> str:
    """``code`` with every function of ``names`` returning something else than it would."""
    lines = [f"{name} = (lambda f: lambda *a, **k: {WRONG}(f(*a, **k)))({name})" for name in sorted(names)]
    return "\n".join([code.replace("\r\n", "\n"), _HELPER, *lines])


def with_one_change(code: str, names: set[str], seed: str) -> str | None:
    """``code`` with one operator swapped or one number moved by one, chosen at random by ``seed``, inside a function or class that is
    among ``names`` when there is such a place, else anywhere. None where nothing can be changed."""
    tree = parse(code)
    tested = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names]
    places = [place for node in tested for place in _places(node)] or list(_places(tree))
    if not places:
        return None
    node, field, index = random.Random(seed).choice(places)
    changed = copy.copy(node)
    if isinstance(node, ast.Constant):
        node.value = node.value + 1
    elif isinstance(node, ast.Compare):
        node.ops[index] = _SWAPS[type(node.ops[index])]()
    else:
        setattr(node, field, _SWAPS[type(getattr(changed, field))]())
    return ast.unparse(tree)


def _places(tree: ast.AST) -> list[tuple[ast.AST, str, int]]:
    found: list[tuple[ast.AST, str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            found.append((node, "value", 0))
        elif isinstance(node, ast.Compare):
            found += [(node, "ops", place) for place, op in enumerate(node.ops) if type(op) in _SWAPS]
        elif isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in _SWAPS:
            found.append((node, "op", 0))
    return found
