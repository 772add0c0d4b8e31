"""Reading Python source into its tree, from several threads at once.

Before 3.11.8 and 3.12.2, CPython counts how deep the tree that it builds goes in one place for all threads, and raises SystemError when
two threads build at once (github.com/python/cpython/issues/106905): a right response would end a step. So one builds at a time.
"""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def parse(source: str, filename: str = "<unknown>") -> ast.Module:
    """The syntax tree of ``source``.

    Raises what ``ast.parse`` raises of text that is no Python: SyntaxError, ValueError, RecursionError or MemoryError.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source, filename)
