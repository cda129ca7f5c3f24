#!/usr/bin/env python3
"""How much `jkocr serve` does when several ask at once: requests a second, and how long each takes.

    benches/load.py [--seconds S] [--clients 1,2,4,8] [--images chat_zh,fullhd_dense] JKOCR [ARGUMENT…]

starts JKOCR (`target/release/jkocr`) with `serve ARGUMENT…` on a free port. Each client sends an image as soon as it has
the answer to the last one, on a connection that stays open. Needs Linux and nothing but Python.
"""

import argparse
import base64
import json
import math
import pathlib
import threading
import time

from server import Server

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests/data"
# What the older server and Bob's plugin send, too.
SWITCHES = {"useDocOrientationClassify": False, "useDocUnwarping": False, "useTextlineOrientation": False}


def percentile(sorted_times, part):
    """The smallest time that at least this part of the requests did not exceed."""
    return sorted_times[max(0, math.ceil(part * len(sorted_times)) - 1)]


def load(server, body, clients, seconds):
    """Seconds that each request took, all that were not answered with 200, and how long it went on."""
    times, refused, lock = [], [], threading.Lock()
    end = time.monotonic() + seconds

    def ask():
        connection = server.connect()
        while time.monotonic() < end:
            began = time.monotonic()
            status, _ = server.post(body, connection)
            with lock:
                (times if status == 200 else refused).append(time.monotonic() - began)

    began = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times), len(refused), time.monotonic() - began


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--clients", default="1,2,4,8")
    options.add_argument("--images", default="chat_zh,fullhd_dense", help="files of tests/data, without .png")
    options.add_argument("jkocr")
    options.add_argument("arguments", nargs=argparse.REMAINDER)
    options = options.parse_args()
    with Server(options.jkocr, options.arguments) as server:
        print("| image | clients | requests/s | p50 ms | p95 ms | p99 ms | requests | refused |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for image in options.images.split(","):
            file = base64.b64encode((DATA / f"{image}.png").read_bytes()).decode()
            body = json.dumps({"file": file, "fileType": 1, "visualize": False, **SWITCHES}).encode()
            server.post(body)
            for clients in map(int, options.clients.split(",")):
                times, refused, took = load(server, body, clients, options.seconds)
                if not times:
                    print(f"| {image} | {clients} | 0 | | | | 0 | {refused} |", flush=True)
                    continue
                p50, p95, p99 = (1000 * percentile(times, part) for part in (0.5, 0.95, 0.99))
                row = [image, clients, f"{len(times) / took:.2f}", *(f"{ms:.0f}" for ms in (p50, p95, p99))]
                print("|", " | ".join(map(str, [*row, len(times), refused])), "|", flush=True)


if __name__ == "__main__":
    main()
