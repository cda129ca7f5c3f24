#!/usr/bin/env python3
"""What `jkocr serve` needs in memory with models of the size of PP-OCRv5_server.

    benches/server_size.py [--images N] [--seed SEED] [--each] [--folded] JKOCR [ARGUMENT…]

starts JKOCR (`target/release/jkocr`) with `serve --models v5-mobile ARGUMENT…` on a free port. It runs from a copy
of the installed v5-mobile (`jkocr models pull v5-mobile`) in a temporary folder, in which models of server_models.py
lie in the place of the folded ones, so that it reads with those. Then it sends the images of memory.py, a strip of
lines as wide as a screen, an empty screen, and two huge ones (5120x2880 and 4000x4000), and prints what is resident when loaded, between two images, and after
a pause; and the peak. `--each` prints a line for each image; `--folded` folds
the detector first, as jkocr does with the real one (examples/fold.rs). Needs Linux and `pip install numpy onnx pillow`.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from PIL import Image, ImageDraw

import server_models
from memory import DATA, FULL_HD, PAUSE, RETINA, answers, body, filled, variants
from server import Server

SET = "v5-mobile"
HUGE = [(5120, 2880), (4000, 4000)]
# How the recognizer takes lines (`src/ocr/batch.rs`).
LINES, HEIGHT, LEAST, MOST = 6, 48, 320, 3200


def jkocr_output(jkocr, *arguments):
    return subprocess.run([jkocr, "--quiet", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def furnish(jkocr, home, is_folded):
    """Makes `home` one of v5-mobile with the stand-ins as its folded models."""
    installed = pathlib.Path(jkocr_output(jkocr, "models", "path"))
    for folder in ("models", "runtime"):
        shutil.copytree(installed / folder, home / folder)
    for folded in (home / "models").glob("*.fold*.onnx"):
        folded.unlink()
    os.environ["JKOCR_HOME"] = str(home)
    # Reading once folds what is not folded yet.
    jkocr_output(jkocr, "ocr", "--models", SET, str(DATA / "word_ok.png"))
    stand_ins = [home / "det.onnx", home / "rec.onnx"]
    server_models.write(*stand_ins, home / f"models/{SET}-rec.onnx")
    if is_folded:
        whole = stand_ins[0].rename(home / "whole.onnx")
        fold = ["cargo", "run", "--quiet", "--release", "--locked", "--example", "fold", "--", whole, stand_ins[0]]
        subprocess.run(fold, check=True, cwd=DATA.parent)
    for model, stand_in in zip(("det", "rec"), stand_ins):
        folded = list((home / "models").glob(f"{SET}-{model}.*.fold*.onnx"))
        if len(folded) != 1:
            sys.exit(f"there should be one folded {SET}-{model}, there are {len(folded)}")
        # STEM.ORIGINAL.foldVERSION.SHA256.onnx
        name = folded[0].name.rsplit(".", 2)[0]
        folded[0].unlink()
        stand_in.rename(home / f"models/{name}.{hashlib.sha256(stand_in.read_bytes()).hexdigest()}.onnx")


def strip():
    """Lines so wide that the recognizer gets its largest batch, on an image of no great size."""
    image = Image.new("RGB", (FULL_HD[0], LINES * 40), "white")
    draw = ImageDraw.Draw(image)
    for line in range(LINES):
        draw.text((20, 40 * line + 12), "a wide line of text " * 40, "black")
    return image


def bodies(seed, images):
    yield from (image for image, _ in zip(variants(seed), range(images)))
    yield body(strip())
    yield body(Image.new("RGB", FULL_HD, "white"))
    for size in HUGE:
        yield body(filled(Image.open(DATA / "code_dark.png").convert("RGB"), size))


def seen(answer):
    """The size of an image, and of the lines found in it: how many, and the largest batch, in lines and width."""
    result = json.loads(answer)["result"]
    size = result["dataInfo"]["width"], result["dataInfo"]["height"]
    boxes = result["ocrResults"][0]["prunedResult"]["dt_polys"]

    def length(one, other):
        return ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5

    ratios = []
    for a, b, c, d in boxes:
        width, height = max(length(a, b), length(c, d)), max(length(a, d), length(b, c))
        # Standing lines are turned before they are read.
        ratios.append(height / width if height >= 1.5 * width else width / height)
    ratios.sort()
    batches = [ratios[at : at + LINES] for at in range(0, len(ratios), LINES)]
    sizes = [(len(batch), int(min(MOST, max(LEAST, HEIGHT * batch[-1])))) for batch in batches]
    return size, len(boxes), max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--images", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--each", action="store_true")
    options.add_argument("--folded", action="store_true")
    options.add_argument("jkocr")
    options.add_argument("arguments", nargs=argparse.REMAINDER)
    options = options.parse_args()
    # So that the server and the folder go, too, when this is ended from outside.
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as home:
        furnish(options.jkocr, pathlib.Path(home), options.folded)
        with Server(options.jkocr, ["--models", SET, *options.arguments]) as server:
            measure(server, options)


def measure(server, options):
    print(f"loaded: {server.resident()} MB; peak: {server.resident('VmHWM')} MB", flush=True)
    server.forget_peak()
    rows, started = [], time.monotonic()
    for number, answer, resident in answers(server, bodies(options.seed, options.images), options.images + 2 + len(HUGE)):
        size, lines, batch = seen(answer)
        rows.append((server.resident("VmHWM"), resident, size, lines, batch))
        if options.each:
            print(f"{number}: {describe(rows[-1])}", flush=True)
        server.forget_peak()
    print(f"{len(rows)} images, {sum(lines for *_, lines, _ in rows)} lines, {time.monotonic() - started:.0f} s")
    *mixed, wide, empty, screen, square = rows
    full = [row for row in mixed if row[2] == RETINA]
    print(f"largest peak of {len(full)} full screens: {describe(max(full, default=None))}")
    print(f"largest peak of the other images: {describe(max((row for row in mixed if row not in full), default=None))}")
    print(f"a strip of wide lines: {describe(wide)}")
    print(f"an empty screen: {describe(empty)}")
    print(f"huge: {describe(screen)}; {describe(square)}")
    print(f"most between two mixed images: {max(row[1] for row in mixed)} MB; peak of all: {max(rows)[0]} MB")
    time.sleep(PAUSE)
    print(f"after {PAUSE} s: {server.resident()} MB")
    print(f"models loaded anew: {server.metric('jkocr_rebuilds_total')}")


def describe(row):
    if row is None:
        return "none"
    peak, resident, (width, height), lines, (batch, widest) = row
    return f"{peak} MB, then {resident} MB ({width}x{height}, {lines} lines, largest batch {batch}x{HEIGHT}x{widest})"


if __name__ == "__main__":
    main()
