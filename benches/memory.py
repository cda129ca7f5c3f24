#!/usr/bin/env python3
"""Whether the memory of `jkocr serve` stays flat: its resident memory while it reads images of many sizes, in turn.

    benches/memory.py [--images N] [--warm-up N] [--seed SEED] JKOCR [ARGUMENT…]

starts JKOCR (`target/release/jkocr`) with `serve ARGUMENT…` on a free port, sends it the screenshots of tests/data cut
and scaled to sizes up to full HD and, every tenth, full screens of a 14-inch Retina display, and prints RSS when loaded, after 200 images, after all of them, and the peak; each
at once and after a pause, in which a server gives memory back. Needs Linux and `pip install pillow`.
"""

import argparse
import base64
import io
import itertools
import json
import pathlib
import random
import sys
import time

from PIL import Image

from server import Server

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests/data"
FULL_HD = (1920, 1080)
RETINA = (3024, 1964)
PAUSE = 4


def body(image, form="PNG"):
    """A request to read this image."""
    file = io.BytesIO()
    image.save(file, form)
    return json.dumps({"file": base64.b64encode(file.getvalue()).decode()}).encode()


def filled(source, size):
    """A screen of `size` with the source on it, as often as there is room."""
    page = Image.new("RGB", size, "white")
    for top in range(0, size[1], source.height):
        for left in range(0, size[0], source.width):
            page.paste(source, (left, top))
    return page


def variants(seed):
    """Bodies without end, the same for the same seed."""
    dice = random.Random(seed)
    sources = [Image.open(file).convert("RGB") for file in sorted(DATA.glob("*.png"))]
    while True:
        source = dice.choice(sources)
        width, height = (max(1, int(side * dice.uniform(0.2, 1))) for side in source.size)
        left, top = dice.randint(0, source.width - width), dice.randint(0, source.height - height)
        image = source.crop((left, top, left + width, top + height))
        # Screens of several densities; every tenth image fills one.
        scale = dice.choice([0.75, 1, 1, 1.5, 2])
        scale = min(scale, FULL_HD[0] / width, FULL_HD[1] / height)
        image = image.resize((max(1, int(width * scale)), max(1, int(height * scale))))
        if dice.random() < 0.1:
            image = filled(source, RETINA)
        yield body(image, dice.choice(["PNG", "PNG", "JPEG"]))


def answers(server, bodies, images):
    """Sends so many images in turn; after each, its number, what was answered, and the megabytes resident then."""
    for number, image in enumerate(itertools.islice(bodies, images), 1):
        status, answer = server.post(image)
        if status != 200:
            sys.exit(f"image {number} was answered with {status}")
        yield number, answer, server.resident()


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--images", type=int, default=1200)
    options.add_argument("--warm-up", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("jkocr")
    options.add_argument("arguments", nargs=argparse.REMAINDER)
    options = options.parse_args()
    with Server(options.jkocr, options.arguments) as server:
        print(f"loaded: {server.resident()} MB", flush=True)
        started, highest, after = time.monotonic(), 0, {}
        for number, _, at_once in answers(server, variants(options.seed), options.images):
            highest = max(highest, at_once)
            if number in (options.warm_up, options.images):
                time.sleep(PAUSE)
                after[number] = server.resident()
                took = time.monotonic() - started
                print(
                    f"after {number} images ({took:.0f} s): {at_once} MB at once, {after[number]} MB after {PAUSE} s",
                    flush=True,
                )
        print(f"most between two images: {highest} MB; peak: {server.resident('VmHWM')} MB")
        if options.warm_up in after and options.warm_up < options.images:
            growth = after[options.images] / after[options.warm_up] - 1
            print(f"growth from image {options.warm_up} to {options.images}: {growth:+.1%}")
        print(f"models loaded anew: {server.metric('jkocr_rebuilds_total')}")


if __name__ == "__main__":
    main()
