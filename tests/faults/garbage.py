"""Input as bad as it comes: JSON values of every kind in every place, and whole files cut, flipped and stuffed. For hypothesis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

NASTY = (
    *(
        "",
        " ",
        "\x00",
        "\x1b[2J\x1b]52;c;aGk=\x07",
        "\u202eevil\u2066",
        "\ud800",
        "\udfff\ud800",
        "</script><script>",
        "[bold]",
        "a" * 3000,
    ),
    *("nan", "1e999", "-0", "#### 7", "..", "../../etc/passwd", "/dev/zero", "\u2028", "١٢", "🙂" * 20, "{{7*7}}", "%s%n"),
    *("A", "B", "test", "train", "MATH", "code"),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 30), st.integers(), st.sampled_from([10**25, -(10**400), 2**63, 0.0, -0.0]), st.floats(),
    st.text(max_size=20), st.sampled_from(NASTY),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.sampled_from(NASTY[:6]), inner, max_size=4),
    max_leaves=6,
)
_STUFFING = (
    *(b"\xff", b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"1" * 5000, b"[" * 20_000, b'{"a":' * 20_000, b'"', b"}", b"{"),
    *(b"\\u", b"\\ud800", b"NaN", b"-Infinity", b"1e999", b"=", b"0x" + b"F" * 5000, b"[[a]]\n", b"'''", b"#"),
)


def table(columns: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object whose columns are mostly as they should be (the strategy given for each), sometimes anything, sometimes missing."""
    filled = {name: st.one_of(good, good, good, VALUES) for name, good in columns.items()}
    whole = st.fixed_dictionaries({}, optional=filled)
    return (
        whole
        | st.fixed_dictionaries(dict(columns.items()))
        | st.builds(lambda a, b: {**a, **b}, whole, st.dictionaries(st.text(max_size=5), VALUES))
    )


def lines(columns: Mapping[str, Any]) -> st.SearchStrategy[bytes]:
    """A JSON Lines file."""
    return spoilt(st.lists(table(columns), max_size=5).map(lambda rows: b"\n".join(_dump(row) for row in rows)))


def document(value: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """One JSON document."""
    return spoilt(st.one_of(value, value, value, VALUES).map(_dump))


@st.composite
def spoilt(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """The file as it is, or cut, flipped, stuffed, doubled, or something else altogether."""
    data = draw(whole)
    how = draw(st.sampled_from(("whole", "whole", "whole", "cut", "flipped", "stuffed", "doubled", "other")))
    place = draw(st.integers(0, max(0, len(data) - 1)))
    if how == "cut":
        return data[:place]
    if how == "flipped" and data:
        return data[:place] + bytes([data[place] ^ draw(st.integers(1, 255))]) + data[place + 1 :]
    if how == "stuffed":
        return data[:place] + draw(st.sampled_from(_STUFFING)) + data[place:]
    if how == "doubled":
        return data[:place] + data[place // 2 :]
    return draw(st.binary(max_size=200)) if how == "other" else data


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()
