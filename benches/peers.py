"""The measuring half of peers.sh: every engine reads every image in turn, warm; medians and ratios are printed."""

import base64
import http.client
import json
import logging
import os
import statistics
import sys
import time

import cv2
from rapidocr import RapidOCR

ROUNDS = int(os.environ.get("ROUNDS", "5"))
THREADS = int(os.environ.get("THREADS", "2"))
PORT = int(os.environ["PORT"])
MODELS = {
    "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    "Det.model_path": os.environ["DETECTION"],
    "Rec.model_path": os.environ["RECOGNITION"],
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


def rapid(settings):
    engine = RapidOCR(params=MODELS | settings)
    return lambda path: engine(cv2.imread(path))


def jkocr():
    connection = http.client.HTTPConnection("127.0.0.1", PORT)

    def read(path):
        with open(path, "rb") as file:
            body = json.dumps({"file": base64.b64encode(file.read()).decode(), "fileType": 1})
        connection.request("POST", "/ocr", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        assert answer["errorCode"] == 0, answer["errorMsg"]
        return answer["result"]["ocrResults"][0]["prunedResult"]["rec_texts"]

    return read


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


def main(paths):
    logging.disable(logging.WARNING)
    wait_for_server()
    engines = {"jkocr": jkocr(), "RapidOCR": rapid({}), "RapidOCR as reference": rapid(LIKE_THE_REFERENCE)}
    print(f"{'image':<24}{'lines':>6}" + "".join(f"{name:>24}" for name in engines) + f"{'ratios':>16}")
    for path in paths:
        times = {name: [] for name in engines}
        for name, read in engines.items():
            read(path)  # warm
        for _ in range(ROUNDS):
            for name, read in engines.items():
                started = time.perf_counter()
                read(path)
                times[name].append((time.perf_counter() - started) * 1000)
        medians = {name: statistics.median(values) for name, values in times.items()}
        ours, *theirs = medians.values()
        print(
            f"{os.path.basename(path):<24}{len(engines['jkocr'](path)):>6}"
            + "".join(f"{median:>21.0f} ms" for median in medians.values())
            + "".join(f"{ours / other:>8.2f}" for other in theirs)
        )


if __name__ == "__main__":
    main(sys.argv[1:])
