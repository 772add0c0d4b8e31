"""Prints what the panel's own meter reads of a busy GPU beside what nvidia-smi says: ``python -m tests.bench.gpu_telemetry``."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from core.runs.telemetry.gpu import GpuMeter

_LOAD = """
import torch
a = torch.randn(16384, 16384, device="cuda", dtype=torch.bfloat16)
print("ready", flush=True)
while True:
    for _ in range(20):
        a @ a
    torch.cuda.synchronize()
"""
_FIELDS = "utilization.gpu,memory.used,memory.total,power.draw.instant,enforced.power.limit,temperature.gpu,clocks.sm,clocks.max.sm"
_REASONS = "clocks_event_reasons.active"
_SETTLE = 4.0  # seconds until the driver's averages stand for the load


def ask(*query: str) -> str:
    found = subprocess.run(["nvidia-smi", *query, "--format=csv,noheader,nounits"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def main() -> None:
    load = subprocess.Popen([sys.executable, "-c", _LOAD], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert load.stdout is not None
        load.stdout.readline()
        time.sleep(_SETTLE)
        meter = GpuMeter()
        for _ in range(3):
            (ours, *_rest), theirs = meter.read((load.pid,), slow=True), ask("--id=0", f"--query-gpu={_FIELDS}")
            names = _FIELDS.split(",")
            print("nvidia-smi: " + ", ".join(f"{name} {value}" for name, value in zip(names, theirs.split(", "), strict=True)))
            used, total = ((ours.memory_used or 0) / 2**20, (ours.memory_total or 0) / 2**20)
            print(
                f"the panel:  utilisation {100 * (ours.utilisation or 0):.0f}, memory {used:.0f} of {total:.0f} MiB, "
                f"power {ours.power_watts} of {ours.power_cap_watts} W, {ours.temperature_c} C, "
                f"clock {ours.clock_mhz} of {ours.clock_max_mhz} MHz"
            )
            time.sleep(1.0)
        reasons, processes = ask("--id=0", f"--query-gpu={_REASONS}"), ask("--id=0", "--query-compute-apps=pid,used_memory")
        print(f"nvidia-smi: reasons {reasons}; the panel: throttled by {ours.throttle or 'nothing'}")
        print(f"nvidia-smi: processes (pid, MiB) {processes!r}")
        told = [(pid, f"{size / 2**20:.0f}", "this step" if own else "another") for pid, size, own in ours.processes]
        print(f"the panel:  processes (pid, MiB) {told}; the load is pid {load.pid}")
    finally:
        load.kill()
        load.wait()


if __name__ == "__main__":
    main()
