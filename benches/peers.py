"""The measuring half of peers.sh: every engine reads every image in turn, warm; medians and ratios are printed."""

import base64
import http.client
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import onnxruntime
from rapidocr import RapidOCR

ROUNDS = int(os.environ.get("ROUNDS", "7"))
THREADS = int(os.environ.get("THREADS", "2"))
PORT = int(os.environ["PORT"])
MANY_LINES = 5
DETECTION, RECOGNITION = os.environ["DETECTION"], os.environ["RECOGNITION"]
# Seconds until the threads of the engine before have stopped spinning for work: they would take half of the cores from
# whoever is next.
PAUSE = 0.3
MODELS = {
    "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    "Det.model_path": DETECTION,
    "Rec.model_path": RECOGNITION,
    "Global.log_level": "error",
}
# What the official pipeline does, as far as RapidOCR can be set to do it.
LIKE_THE_REFERENCE = {
    "Global.text_score": 0.0,
    "Global.use_cls": False,
    "Global.max_side_len": 4000,
    "Global.use_vertical_padding": False,
    "Det.limit_side_len": 64,
    "Det.mean": [0.485, 0.456, 0.406],
    "Det.std": [0.229, 0.224, 0.225],
    "Det.box_thresh": 0.6,
    "Det.unclip_ratio": 1.5,
    "Det.use_dilation": False,
}
COLD = """
import sys
from rapidocr import RapidOCR
print(len(RapidOCR(params=eval(sys.argv[1]))(sys.argv[2]).txts))
"""


def timed(read):
    """From path → lines to path → (milliseconds, lines), which is what every engine is."""

    def read_timed(path):
        started = time.perf_counter()
        lines = read(path)
        return (time.perf_counter() - started) * 1000, lines

    return read_timed


def jkocr():
    """Over HTTP, as Bob does it: base64, JSON and the socket are part of its time."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)

    def read(path):
        with open(path, "rb") as file:
            body = json.dumps({"file": base64.b64encode(file.read()).decode(), "fileType": 1})
        connection.request("POST", "/ocr", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        assert answer["errorCode"] == 0, answer["errorMsg"]
        return len(answer["result"]["ocrResults"][0]["prunedResult"]["rec_texts"])

    return timed(read)


def rapid(settings):
    engine = RapidOCR(params=MODELS | settings)
    return timed(lambda path: len(engine(cv2.imread(path)).txts or ()))


def process(*command):
    """A process that answers each path with `MILLISECONDS LINES`: its own clock leaves the pipe out."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(path):
        print(path, file=child.stdin, flush=True)
        taken, lines = child.stdout.readline().split()
        return float(taken), int(lines)

    read.process = child
    return read


def oar(*settings):
    characters = tempfile.NamedTemporaryFile("w", suffix=".txt")
    session = onnxruntime.InferenceSession(RECOGNITION, providers=["CPUExecutionProvider"])
    characters.write(session.get_modelmeta().custom_metadata_map["character"])
    characters.flush()
    read = process(os.environ["OAR_OCR"], DETECTION, RECOGNITION, characters.name, str(THREADS), *settings)
    read.characters = characters
    return read


def official(engine):
    script = os.path.join(os.path.dirname(__file__), "official.py")
    return process(os.environ["OFFICIAL_PYTHON"], script, DETECTION, RECOGNITION, str(THREADS), engine)


def wait_for_server():
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("jkocr serve did not become healthy within a minute")


def milliseconds(work):
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def warm(engines, paths):
    print("\nwarm, median milliseconds; ratio = jkocr's time over theirs")
    print(f"{'image':<20}{'lines':>6}" + "".join(f"{name:>24}" for name in engines))
    ratios = {name: [] for name in engines if name != "jkocr"}
    for path in paths:
        lines = {name: read(path)[1] for name, read in engines.items()}
        times = {name: [] for name in engines}
        for _ in range(ROUNDS):
            for name, read in engines.items():
                time.sleep(PAUSE)
                times[name].append(read(path)[0])
        medians = {name: statistics.median(values) for name, values in times.items()}
        ours = medians["jkocr"]
        cells = [f"{medians[name]:.0f} ({lines[name]} lines, {ours / medians[name]:.2f})" for name in engines]
        print(f"{os.path.basename(path):<20}{lines['jkocr']:>6}" + "".join(f"{cell:>24}" for cell in cells))
        if lines["jkocr"] >= MANY_LINES:
            for name, values in ratios.items():
                values.append(ours / medians[name])
    print(f"\nratios over the images of {MANY_LINES} lines or more")
    for name, values in ratios.items():
        if values:
            print(f"{name:<24}worst {max(values):.2f}  median {statistics.median(values):.2f}  of {len(values)}")


def cold(path):
    print(f"\nwhole process, {os.path.basename(path)}, median milliseconds")
    commands = {
        "jkocr ocr": [os.environ["JKOCR"], "ocr", "--models", "v5-mobile", "--threads", str(THREADS), path],
        "RapidOCR": [sys.executable, "-c", COLD, repr(MODELS), path],
    }
    times = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            times[name].append(milliseconds(lambda: subprocess.run(command, check=True, capture_output=True)))
    # The first of each warms the file cache.
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    ours, theirs = medians.values()
    print("".join(f"{name} {median:.0f}  " for name, median in medians.items()) + f"ratio {ours / theirs:.2f}")


def main(paths):
    logging.disable(logging.WARNING)
    wait_for_server()
    engines = {"jkocr": jkocr(), "RapidOCR": rapid({}), "RapidOCR, reference": rapid(LIKE_THE_REFERENCE)}
    if "OAR_OCR" in os.environ:
        engines |= {"oar-ocr": oar(), "oar-ocr, reference": oar("reference")}
    if "OFFICIAL_PYTHON" in os.environ:
        engines["official, ONNX Runtime"] = official("onnxruntime")
    if "OFFICIAL_PADDLE" in os.environ:
        engines["official, Paddle"] = official("paddle")
    try:
        warm(engines, paths)
    finally:
        for read in engines.values():
            if hasattr(read, "process"):
                read.process.stdin.close()
                read.process.wait()
    cold(next((path for path in paths if "chat_zh" in path), paths[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
