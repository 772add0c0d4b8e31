"""Standard output and error of every command: what their encoding cannot hold is shown by its likeness, and a reader may leave early."""

from __future__ import annotations

import codecs
import os
import sys

_LIKENESS = "cogumi-likeness"


def prepare() -> None:
    """Lets both streams write any text, whatever their encoding: in its place stands what ``to_ascii`` makes of it, as wide as before."""
    codecs.register_error(_LIKENESS, _likeness)
    for stream in (sys.stdout, sys.stderr):
        # Closed streams are None; what a test or a library puts in their place may have no encoding to set.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_LIKENESS)


def _likeness(error: UnicodeError) -> tuple[str, int]:
    from screens.widgets.glyphs import to_ascii

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return to_ascii(error.object[error.start : error.end]), error.end


def flush() -> None:
    """Writes out what is still held back, so that errors come here and not at the interpreter's end. Raises BrokenPipeError."""
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """A reader has gone, and nothing more can be said to it: what its stream still holds back goes nowhere."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
