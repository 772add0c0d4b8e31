"""Types of arguments that several commands share."""

from __future__ import annotations

import argparse

_MOST_ATTEMPTS = 999_999_999


def attempt_number(text: str) -> int:
    """The number of an attempt. argparse.ArgumentTypeError for what no attempt can have: numbers are kept in 64 bits."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= _MOST_ATTEMPTS:
        raise argparse.ArgumentTypeError(f"{text[:30]} is no attempt; its number is a whole one from 1 to {_MOST_ATTEMPTS:,}")
    return number
