#!/usr/bin/env python3
"""Writes the recorded heat maps as inputs of the target `boxes`: `seeds.py FOLDER`."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
THRESHOLDS = bytes([round(0.3 * 255), round(0.6 * 255), round(1.5 * 25.5), 64, 64])

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
cases = json.loads((HERE / "../data/opencv/heat_map.json").read_text())
for number, case in enumerate(cases):
    width = case["size"][0]
    if width <= 256:
        (folder / f"recorded-{number}").write_bytes(bytes([width - 1]) + THRESHOLDS + bytes.fromhex(case["levels"]))
