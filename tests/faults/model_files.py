"""A model's folder with one file spoilt, loaded for real: ``python -m tests.faults.model_files COUNT SEED`` prints what it found.

Each input is a copy of the practice model (or of a fresh adapter on it) with bytes flipped or cut in one file, or a value of its JSON
replaced. It must load and encode a prompt, or end in one sentence.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from core.errors import CogumiError
from core.plan.settings import ModelSettings
from core.practice.paths import model_folder
from tests.faults.fuzz import check_sentence
from tests.faults.garbage import NASTY

VALUES: tuple[Any, ...] = (
    None,
    -1,
    0,
    2**40,
    1e300,
    [],
    {},
    [None],
    {"a": 1},
    True,
    *NASTY[:6],
    "{{ 1/0 }}",
    "{% for x in y %}",
    "{{ messages[9].x }}",
)


def spoil(path: Path, chance: random.Random) -> str:
    """Damages a file and says how."""
    data = path.read_bytes()
    if path.suffix == ".json" and chance.random() < 0.6:
        document = json.loads(data)
        places = list(_places(document))
        owner, key = chance.choice(places)
        value = chance.choice(VALUES)
        if chance.random() < 0.2:
            del owner[key]
        else:
            owner[key] = value
        path.write_text(json.dumps(document))
        return f"{key} = {str(value)[:30]!r}"
    if chance.random() < 0.3:
        path.write_bytes(data[: chance.randrange(len(data))])
        return "cut"
    bad = bytearray(data)
    for _ in range(chance.choice((1, 3, 30))):
        bad[chance.randrange(min(len(bad), 4000))] ^= 1 << chance.randrange(8)
    path.write_bytes(bad)
    return "flipped"


def _places(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict):
        for key in list(value)[:60]:
            yield value, key
            yield from _places(value[key], depth + 1)
    elif isinstance(value, list) and depth < 4:
        for index in range(min(3, len(value))):
            yield value, index
            yield from _places(value[index], depth + 1)


def adapter_of(folder: Path) -> Path:
    """A fresh adapter on the practice model."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(model_folder())
    get_peft_model(base, LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")).save_pretrained(str(folder))
    return folder


def attempt(folder: Path, base: Path, adapter: Path | None) -> None:
    """Loads and uses it."""
    from core.models.load import load

    loaded = load(ModelSettings(base=str(base), adapter="", precision="fp32", max_length=384), folder, adapter)
    loaded.chat.decode(loaded.chat.encode("What is 2 + 2?"))


def main() -> int:
    """Prints the table; 1 when anything was found."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    tried: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    found: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = adapter_of(folder / "whole-adapter")
        for _ in range(count):
            base, adapter = folder / "base", folder / "adapter"
            for place, source in ((base, model_folder()), (adapter, whole)):
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(source, place)
            files = sorted(p for place in (base, adapter) for p in place.iterdir() if p.suffix in (".json", ".safetensors", ".jinja"))
            file = chance.choice(files)
            label = f"{file.parent.name}/{file.name}"
            how = spoil(file, chance)
            tried[label] += 1
            try:
                attempt(folder, base, adapter if file.parent == adapter else None)
            except CogumiError as error:
                refused[label] += 1
                check_sentence(str(error))
            except Exception as error:  # a library's own, which a person would see as a traceback in the log
                found.append(f"{label}, {how}: {type(error).__name__}: {str(error)[:100]!r}")
    for label, number in sorted(tried.items()):
        mine = [line for line in found if line.startswith(label)]
        print(f"{label:<36}{number:>6} tried{refused[label]:>6} refused with a sentence{len(mine):>6} findings")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
