"""readers.py ENGINE DRAWN READ: one engine reads every picture of DRAWN, warm, and leaves READ/NAME.json, its lines with
their boxes. Prints its seconds for all of them and the most memory that it held.

ENGINE: `jkocr:SET` (a `jkocr serve`, over HTTP as Bob does it; `$JKOCR` is the program), `faster-paddle`, `rapidocr` or
`rapidocrlite`, the packages of these names at the versions that screens.sh installs, with their own defaults for
screenshots. All run on `$THREADS` threads."""

import base64
import glob
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))


def peak(process):
    """The most that a process held in memory, in MB; only Linux says."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as status:
            return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024
    except OSError:
        return float("nan")


class Jkocr:
    def __init__(self, models, program=None, flags=()):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.child = subprocess.Popen([program or os.environ["JKOCR"], "serve", "--quiet", "--port", str(self.port),
                                       "--models", models, "--threads", str(THREADS), "--max-rss", "0", *flags])
        deadline = time.monotonic() + 60
        while self.ask("GET", "/healthz") != 200:
            if self.child.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{self.child.args[0]} serve did not become healthy within a minute")
            time.sleep(0.1)

    def ask(self, method, path, body=None):
        try:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            self.connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            self.answer = answer.read()
            return answer.status
        except OSError:
            return None

    def read(self, file):
        with open(file, "rb") as picture:
            body = json.dumps({"file": base64.b64encode(picture.read()).decode(), "fileType": 1, "visualize": False})
        assert self.ask("POST", "/ocr", body) == 200, self.answer[:200]
        result = json.loads(self.answer)["result"]["ocrResults"][0]["prunedResult"]
        return list(zip(result["rec_boxes"], result["rec_texts"]))

    def memory(self):
        return peak(self.child.pid)

    def close(self):
        self.child.terminate()
        self.child.wait()


class Package:
    """An engine of a Python package: its memory is this process's."""

    def memory(self):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def close(self):
        pass


class FasterPaddle(Package):
    def __init__(self):
        from faster_paddle import OcrEngine

        self.engine = OcrEngine(model_size="small", threads=THREADS)

    def read(self, file):
        with open(file, "rb") as picture:
            found = self.engine.ocr(picture.read())["bounds"].values()
        sides = lambda line: [*line["topLeftCoord"], *line["bottomRightCoord"]]
        return [(sides(line), line["text"]) for line in found]


class Rapid(Package):
    """RapidOCR and RapidOCRLite, which share their interface."""

    def __init__(self, params):
        from rapidocr import RapidOCR

        self.engine = RapidOCR(params=params) if params else RapidOCR()

    def read(self, file):
        found = self.engine(file)
        quads = found.boxes if found.boxes is not None else []
        box = lambda quad: [float(pick(corner[axis] for corner in quad)) for pick in (min, max) for axis in (0, 1)]
        return [(box(quad), text) for quad, text in zip(quads, found.txts or ())]


def engine(name):
    if name.startswith("jkocr:"):
        return Jkocr(name.removeprefix("jkocr:"))
    if name == "faster-paddle":
        return FasterPaddle()
    return Rapid({"EngineConfig.onnxruntime.intra_op_num_threads": THREADS} if name == "rapidocr" else None)


def main(name, drawn, read):
    os.makedirs(read, exist_ok=True)
    reader = engine(name)
    try:
        files = sorted(glob.glob(f"{drawn}/*.png"))
        reader.read(files[0])
        took = 0.0
        for file in files:
            started = time.perf_counter()
            lines = reader.read(file)
            took += time.perf_counter() - started
            with open(f"{read}/{os.path.basename(file)[:-4]}.json", "w", encoding="utf-8") as output:
                json.dump(lines, output, ensure_ascii=False)
        print(f"{name:<28} {took:.1f} s for {len(files)} pictures, at most {reader.memory():.0f} MB")
    finally:
        reader.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
