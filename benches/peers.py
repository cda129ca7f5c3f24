"""The measuring half of peers.sh: every engine reads every image in turn, warm; medians, totals, memory and ratios are
printed. Every engine is a process of its own."""

import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "screens"))
import peer
import readers

ROUNDS = max(1, int(os.environ.get("ROUNDS", "7")))
THREADS = readers.THREADS
MANY_LINES = 5
SETS = os.environ["SETS"].split()
# Seconds until the threads of the engine before have stopped spinning for work: they would take half of the cores from
# whoever is next.
PAUSE = 0.3


class Gone(Exception):
    """A peer ended instead of answering."""


class Server(readers.Jkocr):
    """`jkocr serve`, over HTTP as Bob does it: base64, JSON and the socket are part of its time."""

    def timed(self, path):
        started = time.perf_counter()
        lines = self.read(path)
        return (time.perf_counter() - started) * 1000, len(lines)


class Peer:
    """A process that answers each path with `MILLISECONDS LINES`: its own clock leaves the pipe out."""

    def __init__(self, *command, models=None, keep=None):
        detection, recognition = models or (None, None)
        environment = os.environ | ({"DETECTION": detection, "RECOGNITION": recognition} if models else {})
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.keep = keep

    def timed(self, path):
        try:
            print(os.path.abspath(path), file=self.child.stdin, flush=True)
        except OSError:
            raise Gone from None
        answer = self.child.stdout.readline().split()
        if len(answer) != 2:
            raise Gone
        return float(answer[0]), int(answer[1])

    def memory(self):
        return readers.peak(self.child.pid)

    def close(self):
        try:
            self.child.stdin.close()
        except OSError:
            pass
        self.child.wait()


def models(name):
    return tuple(os.path.join(os.environ["MODELS"], f"{name}-{part}.onnx") for part in ("det", "rec"))


def ours():
    """Each set, and beside an older program the profile that both have."""
    program, old = os.environ["JKOCR"], os.environ.get("OLD")
    yield from ((f"jkocr {name}", Server(name, program)) for name in SETS)
    if not old:
        return
    known = subprocess.run([old, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    # Before there were profiles, there was this one.
    flags = ["--profile", "paddle"] if "--profile" in known else []
    for name in SETS:
        yield f"paddle {name}", Server(name, program, ["--profile", "paddle"])
        yield f"old {name}", Server(name, old, flags)


def theirs():
    script = os.path.join(HERE, "peer.py")
    if python := os.environ.get("FASTER_PADDLE"):
        yield "faster-paddle", Peer(python, script, "faster-paddle")
    if python := os.environ.get("RAPIDOCRLITE"):
        cores = ["taskset", "-c", f"0-{THREADS - 1}"] if shutil.which("taskset") else []
        yield "RapidOCRLite", Peer(*cores, python, script, "rapidocrlite", models=models("v6-small"))
    mobile = models("v5-mobile")
    if python := os.environ.get("RAPIDOCR"):
        yield "RapidOCR", Peer(python, script, "rapidocr", models=mobile)
        yield "RapidOCR, reference", Peer(python, script, "rapidocr-reference", models=mobile)
    if program := os.environ.get("OAR_OCR"):
        known = peer.character_file(mobile[1])
        for name, settings in (("oar-ocr", ()), ("oar-ocr, reference", ("reference",))):
            yield name, Peer(program, *mobile, known.name, str(THREADS), *settings, keep=known)
    if python := os.environ.get("OFFICIAL"):
        script = os.path.join(HERE, "official.py")
        yield "official, ONNX Runtime", Peer(python, script, *mobile, str(THREADS), "onnxruntime")
        if "OFFICIAL_PADDLE" in os.environ:
            yield "official, Paddle", Peer(python, script, *mobile, str(THREADS), "paddle")


def only_living(engines, path):
    """Those that read at all; the others are named and ended."""
    living = {}
    for name, engine in engines.items():
        try:
            engine.timed(path)
            living[name] = engine
        except Gone:
            print(f"{name} is left out: it ended without an answer", file=sys.stderr)
            engine.close()
    return living


def measure(engines, paths):
    """The median of each engine for each image in milliseconds, and how many lines it found; printed as they come."""
    print(f"\nwarm, median milliseconds of {ROUNDS} (lines)")
    print(f"{'image':<22}" + "".join(f"{name:>24}" for name in engines))
    medians, lines = {name: [] for name in engines}, {name: [] for name in engines}
    for path in paths:
        found = {name: engine.timed(path)[1] for name, engine in engines.items()}
        times = {name: [] for name in engines}
        for _ in range(ROUNDS):
            for name, engine in engines.items():
                time.sleep(PAUSE)
                times[name].append(engine.timed(path)[0])
        for name in engines:
            medians[name].append(statistics.median(times[name]))
            lines[name].append(found[name])
        cells = (f"{f'{medians[name][-1]:.0f} ({found[name]})':>24}" for name in engines)
        print(f"{os.path.basename(path):<22}" + "".join(cells), flush=True)
    return medians, lines


def totals(engines, medians, lines):
    print(f"\n{'all images':<24}{'seconds':>10}{'lines':>8}{'MB at most':>12}")
    for name, engine in engines.items():
        print(f"{name:<24}{sum(medians[name]) / 1000:>10.2f}{sum(lines[name]):>8}{engine.memory():>12.0f}")


def ratios(medians, lines):
    print(f"\n{'time / time':<44}{'all':>7}{'median':>8}{'worst':>7}   (the last two of images with {MANY_LINES} lines or more)")
    others = [name for name in medians if not name.startswith(("jkocr ", "paddle ", "old "))]
    pairs = [(f"jkocr {name}", other) for name in SETS for other in others]
    pairs += [(f"paddle {name}", f"old {name}") for name in SETS if f"old {name}" in medians]
    for ours, other in pairs:
        each = zip(medians[ours], medians[other], lines[ours])
        large = [mine / its for mine, its, count in each if count >= MANY_LINES]
        rest = f"{statistics.median(large):>8.2f}{max(large):>7.2f}" if large else ""
        print(f"{f'{ours} / {other}':<44}{sum(medians[ours]) / sum(medians[other]):>7.2f}{rest}")


def whole_process(path, engines):
    print(f"\nwhole process, {os.path.basename(path)}, median milliseconds of {ROUNDS}")
    read = lambda program: [program, "ocr", "--models", SETS[0], "--threads", str(THREADS), path]
    commands = {"jkocr ocr": read(os.environ["JKOCR"])}
    if old := os.environ.get("OLD"):
        commands["old ocr"] = read(old)
    script = os.path.join(HERE, "peer.py")
    for name, variable in (("faster-paddle", "FASTER_PADDLE"), ("RapidOCR", "RAPIDOCR")):
        if name in engines:
            commands[name] = [os.environ[variable], script, name.lower()]
    environment = os.environ | dict(zip(("DETECTION", "RECOGNITION"), models("v5-mobile")))
    times = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, input=path, text=True, check=True, capture_output=True, env=environment)
            times[name].append((time.perf_counter() - started) * 1000)
    # The first of each warms the file cache.
    print("  ".join(f"{name} {statistics.median(values[1:]):.0f}" for name, values in times.items()))


def main(paths):
    engines = {}
    try:
        for start in (ours, theirs):
            for name, engine in start():
                engines[name] = engine
        engines = only_living(engines, paths[0])
        medians, lines = measure(engines, paths)
        totals(engines, medians, lines)
        ratios(medians, lines)
    finally:
        for engine in engines.values():
            engine.close()
    whole_process(next((path for path in paths if "chat_zh" in path), paths[0]), engines)


if __name__ == "__main__":
    main(sys.argv[1:])
