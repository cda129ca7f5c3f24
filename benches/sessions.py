#!/usr/bin/env python3
"""What each way of giving ONNX Runtime its memory costs: resident memory and CPU time of both models, run in turn over
images of many sizes, for every setting in a process of its own.

    benches/sessions.py DETECTION.onnx RECOGNITION.onnx [IMAGES]

Needs Linux, `pip install numpy onnxruntime==1.31.1`, and the folded models (`jkocr models path` names the folder).
"""

import ctypes
import os
import random
import resource
import subprocess
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))

# pattern: memory pattern; arena: one for each session, one for both, or none;
# malloc: whether it keeps large blocks, as an arena does, until it is told to trim;
# shrink: the sessions whose every run ends with giving back what the arena holds;
# lines: how many go through the recognizer in one run, six if nothing is said;
# keep: the arena is given back after an image if more than so many MB are resident besides the models.
SETTINGS = {
    "as ONNX Runtime comes": {"pattern": True},
    "pattern off": {},
    "pattern off, rec shrinks": {"shrink": "rec"},
    "pattern off, both shrink": {"shrink": "det rec"},
    "no arena": {"arena": "none"},
    "no arena, malloc keeps large blocks": {"arena": "none", "malloc": "keeps"},
    "one arena": {"arena": "one"},
    "one arena, det shrinks": {"arena": "one", "shrink": "det"},
    "one arena, rec shrinks": {"arena": "one", "shrink": "rec"},
    "one arena, both shrink": {"arena": "one", "shrink": "det rec"},
    "one arena, lines in pairs": {"arena": "one", "lines": 2},
    "one arena, lines in pairs, keeps 192 MiB": {"arena": "one", "lines": 2, "keep": 192},
    "one arena, lines in pairs, rec shrinks": {"arena": "one", "lines": 2, "shrink": "rec"},
    "one arena, grows as requested": {"arena": "one", "strategy": 1},
    "one arena, grows by 32 MiB at most": {"arena": "one", "more": {"max_power_of_two_extend_bytes": 32 << 20}},
}
KEEP = "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"
SHRINK = "memory.enable_memory_arena_shrinkage"


def resident(field="VmRSS"):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) // 1024


def shapes(images, lines_at_once):
    """For each image the detector's input, and the recognizer's batches: lines as dense as on a page of text."""
    dice = random.Random(4711)
    for number in range(images):
        width, height = (1920, 1080) if number % 8 == 3 else (dice.randint(64, 1920), dice.randint(32, 1080))
        det = [max(32, round(side / 32) * 32) for side in (height, width)]
        lines = max(1, height // 27)
        widths = sorted(min(3200, max(320, int(dice.uniform(0.2, 1.0) * width * 48 / 24))) for _ in range(lines))
        batches = [widths[at : at + 6] for at in range(0, lines, 6)]
        # A batch decides the width of its lines, however many of them run together.
        runs = [(batch[at : at + lines_at_once], max(batch)) for batch in batches for at in range(0, len(batch), lines_at_once)]
        yield [1, 3, *det], [[len(part), 3, 48, width] for part, width in runs]


def measure(detection, recognition, images, name):
    import numpy
    import onnxruntime

    setting = SETTINGS[name]
    if setting.get("arena") == "one":
        memory = onnxruntime.OrtMemoryInfo(
            "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
        )
        arena = onnxruntime.OrtArenaCfg({"arena_extend_strategy": setting.get("strategy", 0)} | setting.get("more", {}))
        onnxruntime.create_and_register_allocator(memory, arena)

    def load(model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.enable_mem_pattern = setting.get("pattern", False)
        options.enable_cpu_mem_arena = setting.get("arena") != "none"
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if setting.get("arena") == "one":
            options.add_session_config_entry("session.use_env_allocators", "1")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    det, rec = load(detection), load(recognition)
    loaded = resident()
    plain, shrinking = onnxruntime.RunOptions(), onnxruntime.RunOptions()
    shrinking.add_run_config_entry(SHRINK, "cpu:0")

    def run(session, shape, options):
        session.run(None, {session.get_inputs()[0].name: numpy.full(shape, 0.1, numpy.float32)}, options)

    def way(session):
        return shrinking if session in setting.get("shrink", "") else plain

    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt // 1000
    between, cpu, wall = 0, time.process_time(), time.monotonic()
    for detect, batches in shapes(images, setting.get("lines", 6)):
        run(det, detect, way("det"))
        for batch in batches:
            run(rec, batch, way("rec"))
        if resident() - loaded > setting.get("keep", sys.maxsize):
            run(det, [1, 3, 32, 32], shrinking)
        between = max(between, resident())
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt // 1000 - faults
    peak, after = resident("VmHWM"), resident()
    # What a server without work can do: a small run that gives back what the arenas hold, then malloc.
    if setting.get("arena") != "none":
        run(det, [1, 3, 32, 32], shrinking)
        run(rec, [1, 3, 48, 320], shrinking)
    idle = resident()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    print(f"| {name} | {loaded} | {peak} | {between} | {after} | {idle} | {resident()} | {faults} | {cpu:.1f} | {wall:.1f} |")


def main():
    detection, recognition, images = sys.argv[1], sys.argv[2], int((sys.argv + ["40"])[3])
    if len(sys.argv) > 4:
        return measure(detection, recognition, images, sys.argv[4])
    print("| setting | loaded | peak | most between images | at the end | shrunk | trimmed | 1000 page faults | CPU s | s |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in SETTINGS:
        keep = {"GLIBC_TUNABLES": KEEP} if SETTINGS[name].get("malloc") == "keeps" else {}
        again = [sys.executable, __file__, detection, recognition, str(images), name]
        subprocess.run(again, check=True, env=os.environ | keep)


if __name__ == "__main__":
    main()
