"""Every reader of foreign files and answers that needs no model library, as the fuzzers call it: a name, its input, and one call.

A call may give a result or raise a CogumiError whose text is one harmless sentence. Anything else is a finding.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.cli import main
from core.errors import CogumiError
from core.generation.server import ServerEngine
from core.judging import answers, verdict
from core.judging.phase1a import baseline
from core.judging.references import load
from core.judging.retry import CallFailed
from core.models.fingerprint import adapter_hash, fingerprint
from core.models.kind import find
from core.plan.load import FILE_NAME, flat, load_profile, load_settings, settings_from_json, settings_to_json
from core.plan.settings import GenerationSettings, ModelSettings
from core.problems.files import LocalFile, read_problems
from core.records import Category, Request, Sampling
from core.training.checkpoints import last_whole
from tests.faults.garbage import NASTY, VALUES, document, lines, spoilt, table

TEXT = st.sampled_from(["What is 2 + 2?", "#### 4", "4", "The answer is B.", "def f(x):\n    return x"]) | st.text(max_size=30)
_CHOICES = st.lists(TEXT, min_size=2, max_size=4)
_PYTHON = st.sampled_from(["assert f(1) == 1", "assert f(", "def check(candidate):\n    assert candidate(1) == 1", "x = '\x00'"])


@dataclass(frozen=True)
class Reader:
    """``read`` gets a folder that it may read in but not write, and the input."""

    name: str
    made: st.SearchStrategy[Any]
    read: Callable[[Path, Any], object]
    cost: int = 1
    """How many inputs of the cheapest reader one input here is worth."""


def in_file(name: str, read: Callable[[Path], object]) -> Callable[[Path, bytes], object]:
    """The input as a file of that name, already there when the reader is called."""

    def call(folder: Path, data: bytes) -> object:
        (folder / name).write_bytes(data)
        return read(folder / name)

    return call


def cli(*arguments: str) -> object:
    """A command as typed, with outputs that take UTF-8 alone, as a file or pipe does."""
    with contextlib.redirect_stdout(_strict()), contextlib.redirect_stderr(_strict()) as said:
        try:
            code = main(arguments)
        except SystemExit as error:
            code = int(error.code or 0)
    text = said.buffer.getvalue().decode() if isinstance(said.buffer, io.BytesIO) else ""
    if code:
        raise CogumiError(text.strip())
    return code


def _strict() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value) if not isinstance(value, float) else repr(value)


def _names() -> list[str]:
    return [*flat(load_profile("practice")), "train", "categories", "categories.MATH", "panel.keymap", "panel.keymap.stop", "nothing.there"]


NAMES = _names()
KEYS = st.sampled_from(NAMES)
TOML = st.lists(st.tuples(KEYS, VALUES), max_size=5).map(
    lambda pairs: "\n".join(f"{key} = {_toml(value)}" for key, value in pairs).encode("utf-8", "replace")
)


def _engine_answer(_: Path, answer: Any) -> object:
    """What the server engine makes of the JSON object that a server answered with."""
    engine = ServerEngine(GenerationSettings(server_url="http://127.0.0.1:9", server_model="m"), first_wait=0.0)
    engine._ask = lambda request: answer  # type: ignore[method-assign]
    return list(engine.generate([Request("p", "q", 0, Sampling(0.7))]))


def _judge_body(_: Path, body: bytes) -> object:
    answers.excerpt(body)
    try:
        text, _usage = answers.content(body)
    except CallFailed as error:
        raise CogumiError(error.reason) from None
    return verdict.read(text)


def _status(_: Path, given: tuple[int, str, str]) -> object:
    status, after, said = given
    found = answers.failure(status, {"retry-after": after}, said, "KEY", 0.0)
    assert found.after is None or 0.0 <= found.after < float("inf")
    return found


def _edited(key: str, value: Any) -> dict[str, Any]:
    """All settings, one of them (or a table) replaced by ``value``."""
    whole: dict[str, Any] = json.loads(settings_to_json(load_profile("practice")))
    *tables, last = key.split(".")
    inner = whole
    for name in tables:
        inner = inner.setdefault(name, {}) if isinstance(inner.get(name, {}), dict) else {}
    inner[last] = value
    return whole


def _stored(_: Path, data: bytes) -> object:
    return settings_from_json(data.decode("utf-8", "replace"))


def _overrides(folder: Path, given: list[tuple[str, Any]]) -> object:
    return load_settings(folder, [f"{key}={value if isinstance(value, str) else _toml(value)}" for key, value in given])


def _problems(category: Category) -> Callable[[Path], object]:
    return lambda path: read_problems(LocalFile(path), category)


def _parquet(folder: Path, rows: list[dict[str, Any]]) -> object:
    """The rows as Parquet where pyarrow can hold them; mixed columns are what it refuses itself."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        parquet.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
        return None
    return [read_problems(LocalFile(folder / "rows.parquet"), category) for category in (Category.MATH, Category.CODE)]


def _adapter(folder: Path, data: bytes) -> object:
    (folder / "adapter_model.safetensors").write_bytes(b"")
    (folder / "adapter_config.json").write_bytes(data)
    adapter_hash(folder)
    return find(str(folder), folder.parent)


def _model(folder: Path, data: bytes) -> object:
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes(b"")
    (folder / "config.json").write_bytes(data)
    return fingerprint(ModelSettings(base=str(folder), adapter="", precision="fp32"), folder.parent, None)


def _manifest(folder: Path, data: bytes) -> object:
    place = folder / "checkpoint-1"
    place.mkdir(exist_ok=True)
    (place / "whole.json").write_bytes(data)
    return last_whole(folder, "s")


PROBLEM = {
    **dict.fromkeys(("prompt", "question", "answer", "id", "family", "text", "instruction", "input", "output", "subject"), TEXT),
    **{name: TEXT | st.integers() for name in ("gold", "task_id")},
    **{name: st.lists(_PYTHON, max_size=2) for name in ("tests", "test_list")},
    **dict.fromkeys(("setup", "code", "test", "test_setup_code", "canonical_solution"), _PYTHON),
    "category": st.sampled_from(["MATH", "CODE", "REASONING"]),
    "split": st.sampled_from(["train", "test"]),
    "choices": _CHOICES,
    "entry_point": st.sampled_from(["f", "g h", ""]),
    "answerKey": st.sampled_from(["A", "1", "Z"]),
}
RESPONSES = {
    **dict.fromkeys(("problem", "response", "prompt", "answer"), TEXT),
    "gold": TEXT | st.integers(),
    "category": st.sampled_from(["math", "reasoning", "knowledge"]),
    "choices": _CHOICES,
    "correct": st.booleans(),
    "sample": st.integers(0, 3),
}
_RESULT = {"prompt": TEXT, "local_response": TEXT, "gpt4_response": TEXT, "judgment": table({"winner": st.sampled_from(["A", "B", "tie"])})}
_TOTALS = {"category": st.sampled_from(["math", "code"]), "wins": st.integers(0, 2), "losses": st.integers(0, 2), "ties": st.integers(0, 2)}
_CHOICE = table(
    {"message": table({"content": TEXT}), "text": TEXT, "finish_reason": st.sampled_from(["stop", "length", "x"]), "logprobs": VALUES}
)
_USAGE = table({"prompt_tokens": st.integers(0, 9), "completion_tokens": st.integers(0, 9)})
_ANSWER = table({"choices": st.lists(_CHOICE, max_size=2), "usage": _USAGE, "error": VALUES})
_VERDICT = document(table({"better": st.sampled_from(["1", "2", "tie", 1, 3]), "reason": TEXT}))
_MANIFEST = table(
    {"signature": st.just("s"), "seconds": st.floats(0, 9), "files": st.dictionaries(st.sampled_from(["a", "../x", "/etc/passwd"]), TEXT)}
)
_CONFIG = table(
    {"quantization_config": VALUES, "hidden_size": VALUES, "num_hidden_layers": VALUES, "vocab_size": VALUES, "intermediate_size": VALUES}
)
_LORA = table(
    {
        "base_model_name_or_path": st.sampled_from(["practice", ".", "a/b"]),
        "target_modules": st.lists(TEXT),
        "r": st.integers(),
        "peft_type": TEXT,
    }
)

READERS = (
    Reader("cogumi.toml", spoilt(TOML), in_file(FILE_NAME, lambda path: load_settings(path.parent))),
    Reader("--set", st.lists(st.tuples(KEYS | TEXT, VALUES | st.sampled_from(NASTY)), max_size=4), _overrides),
    Reader("stored settings", document(st.builds(_edited, KEYS, VALUES)), _stored),
    *(Reader(f"problems .jsonl, {category}", lines(PROBLEM), in_file("p.jsonl", _problems(category)), 8) for category in Category),
    Reader(
        "problems .parquet, bytes",
        st.binary(max_size=300).map(lambda b: b"PAR1" + b + b"PAR1"),
        in_file("p.parquet", _problems(Category.MATH)),
    ),
    Reader("problems .parquet, rows", st.lists(table(PROBLEM), max_size=3), _parquet, 5),
    Reader("references .jsonl", lines({"problem": TEXT, "prompt": TEXT, "response": TEXT}), in_file("r.jsonl", load)),
    Reader(
        "references, Phase 1A",
        document(table({"results": st.lists(table(_RESULT), max_size=3), **_TOTALS})),
        in_file("math_intermediate.json", load),
    ),
    Reader("baseline", document(table({"by_category": st.dictionaries(TEXT, table(_TOTALS)), **_TOTALS})), in_file("b.json", baseline)),
    Reader(
        "cogumi baseline",
        document(table({"results": st.lists(table(_RESULT), max_size=3), **_TOTALS})),
        in_file("math_intermediate.json", lambda p: cli("baseline", str(p))),
        3,
    ),
    Reader("cogumi measure", lines(RESPONSES), in_file("m.jsonl", lambda path: cli("measure", str(path))), 10),
    Reader("cogumi compare", lines(RESPONSES), in_file("m.jsonl", lambda path: cli("compare", str(path), str(path), "--json")), 10),
    Reader("cogumi grade", lines(RESPONSES), in_file("g.jsonl", lambda path: cli("grade", str(path), "--category", "math", "--json")), 10),
    Reader("judge's answer", document(_ANSWER), _judge_body),
    Reader(
        "judge's words",
        _VERDICT.map(lambda b: b.decode("utf-8", "replace")) | st.text() | st.sampled_from(NASTY),
        lambda _, text: verdict.read(text),
    ),
    Reader(
        "judge's refusal",
        st.tuples(
            st.integers(100, 599), st.sampled_from([*NASTY, "3", "1e400", "inf", "Wed, 21 Oct 2015 07:28:00 GMT"]) | st.text(), st.text()
        ),
        _status,
    ),
    Reader("server's answer", _ANSWER | VALUES.filter(lambda v: isinstance(v, dict)), _engine_answer),
    Reader("adapter_config.json", document(_LORA), _adapter),
    Reader("config.json of a model", document(_CONFIG), _model),
    Reader("manifest of a checkpoint", document(_MANIFEST), _manifest),
)
