"""Puts an image into one of three generated requests: a text made up by itself is never one, and nothing would be read."""

import base64
import os
import pathlib

import schemathesis

FOLDER = pathlib.Path(os.environ["IMAGES"])
NAMES = ["zz-1x1.png", "zz-blank.png", "text-1bit.png", "text-palette.png", "text.gif"]
IMAGES = [base64.b64encode((FOLDER / name).read_bytes()).decode() for name in NAMES]


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and isinstance(body.get("file"), str):
        # The same body gets the same image, or failures could not be made again.
        choice = sum(repr(sorted(body.items(), key=repr)).encode())
        if choice % 3 == 0:
            return {**body, "file": IMAGES[choice // 3 % len(IMAGES)]}
    return body
