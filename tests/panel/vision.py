"""How colours look to eyes that differ: contrast, distance, and a simulation of colour blindness.

Contrast is WCAG 2.2's ratio of relative luminances. Distance is Euclidean in OKLab (B. Ottosson, 2020), where 0.02 is about what can just
be noticed. Colour blindness is simulated in linear RGB with the matrices of Machado, Oliveira and Fernandes (2009) at full severity.
"""

from __future__ import annotations

Rgb = tuple[float, float, float]
_Matrix = tuple[Rgb, Rgb, Rgb]

BLINDNESS: dict[str, _Matrix] = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_LMS: _Matrix = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
                 (0.0883024619, 0.2817188376, 0.6299787005))  # fmt: skip
_LAB: _Matrix = ((0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
                 (0.0259040371, 0.7827717662, -0.8086757660))  # fmt: skip


def _times(matrix: _Matrix, colour: Rgb) -> Rgb:
    first, second, third = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in matrix)
    return first, second, third


def linear(colour: str) -> Rgb:
    """``#rrggbb`` as linear light, 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))

    def light(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return light(red), light(green), light(blue)


def seen(colour: str, blindness: str = "") -> Rgb:
    """The colour as linear light, as somebody with ``blindness`` sees it."""
    if not blindness:
        return linear(colour)
    red, green, blue = (min(max(part, 0.0), 1.0) for part in _times(BLINDNESS[blindness], linear(colour)))
    return red, green, blue


def contrast(first: str, second: str, blindness: str = "") -> float:
    """1 (none) to 21."""
    luminances = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (seen(first, blindness), seen(second, blindness))]
    return (max(luminances) + 0.05) / (min(luminances) + 0.05)


def distance(first: str, second: str, blindness: str = "") -> float:
    """How different two colours look."""
    labs = []
    for colour in (first, second):
        l, m, s = (max(part, 0.0) ** (1 / 3) for part in _times(_LMS, seen(colour, blindness)))  # noqa: E741
        labs.append(_times(_LAB, (l, m, s)))
    return float(sum((a - b) ** 2 for a, b in zip(*labs, strict=True)) ** 0.5)
