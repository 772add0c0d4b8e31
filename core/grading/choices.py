"""The letter that a response to a multiple-choice question settles on, in the many ways models say it; None when it settles on none.

As with numbers, the plainest mark counts first and the last of its kind: a box, "the answer is (B)", "option B is correct", a response
or line that is a letter, and at last the text of one of the choices. Two letters at once ("A and C") are no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.grading.blocks import spoken
from core.grading.expressions import normalised
from core.grading.tidy import bounded, plain_math
from core.problems.prompts import LETTERS

_LONGEST = 20_000
_MOST_MARKS = 30
_ONE = r"(?:options?|choices?|letters?|answers?)?\s*[\"'(\[{*$]*\s*(?P<letter>[A-J])\b(?!['’]\w)[\"')\]}*$]*"
_SETTLED = re.compile(
    r"(?:\b(?:final|correct|right|best|most\s+\w+|only|likely|appropriate)\s+)*\b(?:answer|choice|option|response|selection|alternative|one)s?\b[\"']?"
    r"(?:\s*\([^)\n]{0,20}\))?(?:\s+(?:to|for|here|in|of|that|among)\b[^.:\n]{0,80}?)?\s*"
    r"(?::|=|\b(?:is|are|was|must be|should be|would be|will be|has to be|seems to be|appears to be|therefore is)\b)"
    r"(?:\s*(?::|therefore|thus|indeed|clearly|most likely|likely|probably|definitely|the|letter|option|choice|number|answer|both|either))"
    r"*\s*",
    re.IGNORECASE,
)
_PICK = re.compile(
    r"\b(?:i(?:'d| would| will|'ll)?\s+(?:choose|pick|select|go with|say|answer)|(?:choose|select|pick|matches|match|corresponds? to"
    r"|points to|go with|leads to|supports|agrees with|consistent with|leaves|leaving|is therefore|must be|it's|it is|so|therefore|thus"
    r"|hence),?)\s+(?:with\s+)?(?:the\s+)?(?:answer\s+|correct\s+)?",
    re.IGNORECASE,
)
_IS_RIGHT = re.compile(
    r"(?:(?:^|(?<=[.:;,!?\n(\[\"'*]))\s*|\b(?:so|thus|therefore|hence|that|option|choice|answer|and|since|because|only)\s+)"
    r"[\"'(\[*]*(?P<letter>[A-J])\b[\"')\]*:.]*\s*(?:[^.\n]{0,60}?\s)?(?:is|would be|must be|seems|looks)"
    r"\s+(?:therefore\s+|thus\s+|clearly\s+|indeed\s+)?(?:the\s+)?(?:only\s+|most\s+|best\s+)*(?:correct|right|true|best|accurate|appropriate|answer)\b"
)
_LEADING = re.compile(
    r"^\s*(?:option\s+|choice\s+|answer\s+)?[\"'(\[*]*(?P<letter>[A-J])(?:[\"')\]*]*\s*[.):,\]-]+(?=\s|$|\*)|[\"')\]*]*\s*$)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"^\s*(?:,|and|or|&|/|\+)\s*(?:(?:option|choice|answer)\s+)?[\"'(\[*]*(?P<letter>[A-J])\b[\"')\]*]*", re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\}){0,200})\}")
_TAG = re.compile(r"<answer>([^<]{0,300})(?:</answer>|\Z)|####[ \t]*([^\n]{1,200})", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|n't|incorrect|wrong|never|cannot be)\s*$", re.IGNORECASE)
_LISTED = re.compile(r"^[ \t]*[*(\[]*([A-J])[.):\]][*]*[ \t]+(\S[^\n]*)$", re.MULTILINE)
_NEXT_QUESTION = re.compile(r"\n\s*(?:#{1,4}\s*)?(?:Q|Question|Problem|Human|User|Instruction)\s*(?:\d+\s*)?:")


def chosen_letter(text: str, choices: Sequence[str] = (), prompt: str = "") -> str | None:
    """The letter A to J that the response settles on. ``choices`` (else those listed in ``prompt``) bound the letters and let the
    text of a choice stand for its letter."""
    options = list(choices) or listed_choices(prompt)
    text = bounded(spoken(text[-_LONGEST:]))
    if prompt.strip() and text.lstrip().startswith(prompt.strip()):
        text = text.lstrip()[len(prompt.strip()) :]
    following = _NEXT_QUESTION.search(text, 1)
    if following and text[: following.start()].strip():
        text = text[: following.start()]
    reader = _Reader(options)
    for read in (reader.marked, reader.settled, reader.short, reader.right, reader.lines, reader.told):
        found = read(text)
        if found is not None:
            return found if found and found in reader.allowed else None
    return None


def listed_choices(prompt: str) -> list[str]:
    """The choices that a prompt lists as ``A) ...`` lines, from A on without a gap; empty when there are not at least two."""
    found: list[str] = []
    for letter, text in _LISTED.findall(prompt):
        if letter == "A":
            found = []
        if len(found) < len(LETTERS) and letter == LETTERS[len(found)]:
            found.append(text.strip())
    return found if len(found) > 1 else []


def gold_letter(gold: object, choices: Sequence[str] = ()) -> str | None:
    """A gold answer as a letter: a letter, ``(B)``, the choice's own text, an index from 0 (a JSON number), or ARC's "1" to "5"."""
    if isinstance(gold, bool):
        return None
    if isinstance(gold, int):
        return LETTERS[gold] if 0 <= gold < len(choices or LETTERS) else None
    text = str(gold).strip()
    bare = re.fullmatch(r"\(?\s*([A-Ja-j])\s*[).:]?", text)
    if bare:
        return bare[1].upper()
    for place, choice in enumerate(choices):
        if normalised(choice) == normalised(text):
            return LETTERS[place]
    if re.fullmatch(r"[1-9]", text):
        return LETTERS[int(text) - 1]
    leading = re.match(r"\(?([A-J])[).:]\s", text)
    return leading[1] if leading else None


class _Reader:
    """Reads one response; each method returns a letter, "" for an answer that is several letters or none of them, None to go on."""

    def __init__(self, choices: list[str]) -> None:
        self.allowed = LETTERS[: len(choices)] if choices else LETTERS
        self._choices = [" ".join(normalised(plain_math(choice)).casefold().split()) for choice in choices]

    def marked(self, text: str) -> str | None:
        """A box, an answer tag or a ``####`` line."""
        marks = [(match.start(), match[1]) for match in _BOX.finditer(text)]
        marks += [(match.start(), match[1] or match[2] or "") for match in _TAG.finditer(text)]
        for _, content in sorted(marks, reverse=True)[:_MOST_MARKS]:
            found = self._of_content(plain_math(content))
            if found is not None:
                return found
        return None

    def settled(self, text: str) -> str | None:
        """"The answer is ..." and "I choose ...", the last one."""
        plain = _without_marks(text)
        for pattern in (_SETTLED, _PICK):
            for match in reversed(list(pattern.finditer(plain))):
                found = self._after(plain, match, strict=pattern is _PICK)
                if found is not None:
                    return found
        return None

    def right(self, text: str) -> str | None:
        """"B is correct", the last one."""
        plain = _without_marks(text)
        for match in reversed(list(_IS_RIGHT.finditer(plain))):
            said = match[0]
            if match["letter"] in self.allowed and not re.search(r"\b(?:not|incorrect|nor)\b", said):
                if match["letter"] in "AI" and not re.search(r"(?i)option|choice|answer|[(\[*]", said[:12]):
                    continue  # "A triangle is the best ...", "I am right"
                return match["letter"]
        return None

    def short(self, text: str) -> str | None:
        """A response that is a letter or begins with one: "B", "B. 4", "(c) because ..."."""
        plain = _without_marks(text).strip()
        found = _LEADING.match(plain)
        if found is None:
            return None
        if re.match(r"\s*(?:[A-J]\s*[,/&]\s*)+[A-J]\b", plain[: found.end() + 3]):
            return ""
        letter = found["letter"].upper()
        if letter not in self.allowed or (found["letter"].islower() and len(plain) > found.end() and found[0].strip()[-1] == ","):
            return None
        another = _LEADING.search(plain, found.end())
        starts = {match["letter"].upper() for line in plain.split("\n") if (match := _LEADING.match(line))}
        return letter if len(starts) == 1 or another is None else None

    def lines(self, text: str) -> str | None:
        """A line that is a letter and perhaps its choice, when all such lines agree or the last line is one."""
        lines = [line for line in _without_marks(text).split("\n") if line.strip()]
        found = [match["letter"].upper() for line in lines if (match := _LEADING.match(line)) and match["letter"].isupper()]
        last = _LEADING.match(lines[-1]) if lines else None
        if last and last["letter"].isupper() and len(lines[-1]) < 6:
            return last["letter"]
        if found and len(set(found)) == 1:
            return found[0]
        tail = lines[-1] if lines else ""
        inside = set(re.findall(r"\(([A-J])\)|\b(?:option|choice|answer)\s+([A-J])\b", tail, re.IGNORECASE))
        letters = {(first or second).upper() for first, second in inside}
        return letters.pop() if len(letters) == 1 else None

    def told(self, text: str) -> str | None:
        """The text of exactly one choice, as the whole response or in its last sentence that holds one."""
        if not self._choices:
            return None
        plain = " ".join(normalised(plain_math(text)).casefold().split())
        whole = plain.strip(" .\"'")
        if whole in self._choices:
            return self._letter_of(whole)
        sentences = re.split(r"(?<=[.!?])\s+|\n+", plain_math(text))
        for sentence in reversed(sentences[-6:]):
            said = " ".join(normalised(sentence).casefold().split())
            held = [choice for choice in self._choices if choice and _holds(said, choice)]
            longest = [choice for choice in held if not any(choice != other and choice in other for other in held)]
            if len(longest) == 1 and (len(longest[0]) > 2 or said.strip(" .") == longest[0]):
                return self._letter_of(longest[0])
            if longest:
                return None
        return None

    def _of_content(self, content: str) -> str | None:
        letters = re.fullmatch(rf"\s*{_ONE}\s*(?:[.):,-]\s*.*)?", content.strip(), re.IGNORECASE | re.DOTALL)
        if letters:
            rest = content.strip()[letters.end("letter") :]
            if _ANOTHER.match(rest.lstrip(")]} ")):
                return ""
            return letters["letter"].upper()
        return self._letter_of(" ".join(normalised(content).casefold().split()).strip(" .\"'$"))

    def _after(self, plain: str, match: re.Match[str], strict: bool) -> str | None:
        rest = plain[match.end() : match.end() + 300].lstrip(" \t\n*_$")
        if _NOT.search(match[0]) or re.match(r"(?:not|incorrect|wrong)\b", rest, re.IGNORECASE):
            return None
        first = re.match(_ONE, rest, re.IGNORECASE)
        if first and self._is_letter(rest, first, strict):
            other = _ANOTHER.match(rest[first.end() :])
            if other and other["letter"].upper() != first["letter"].upper() and self._is_letter(rest[first.end() :], other, True):
                return ""
            return first["letter"].upper()
        if strict:
            return None
        line = rest.split("\n")[0]
        return self._letter_of(" ".join(normalised(re.split(r"(?<=\w)[.;](?:\s|$)", line)[0]).casefold().split()).strip(" .\"'"))

    def _is_letter(self, rest: str, match: re.Match[str], strict: bool) -> bool:
        """Whether a matched letter is meant as one, and is no article ("a ..."), no pronoun ("I ...") and no start of a word."""
        letter, after = match["letter"], rest[match.end("letter") :]
        marked = bool(re.match(r"[\"'*$]*[)\].:,]|[\"'*$}]*\s*(?:$|\n)", after)) or rest[: match.start("letter")].strip() != ""
        if letter.upper() not in self.allowed:
            return False
        if letter.islower() or letter in "AI":
            return marked
        return marked or not strict or bool(re.match(r"[\"'*$]*(?:\s+(?:because|since|as|is|,|-|which|and|or|\()|\s*[-(,])", after))

    def _letter_of(self, said: str) -> str | None:
        places = [place for place, choice in enumerate(self._choices) if choice and choice.strip(" .") == said]
        return LETTERS[places[0]] if len(places) == 1 else None


def _without_marks(text: str) -> str:
    return re.sub(r"\*\*|__|`", "", plain_math(text))


def _holds(sentence: str, choice: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(choice.strip(' .'))}(?!\w)", sentence) is not None
