"""peer.py ENGINE: one engine of a Python package, warm. Reads paths from standard input and answers each with
`MILLISECONDS LINES`.

ENGINE: `faster-paddle`, `rapidocrlite`, `rapidocr`, or `rapidocr-reference`, which does what the official pipeline does, as
far as RapidOCR can be set to do it. The models are those of `$DETECTION` and `$RECOGNITION`; faster-paddle has its own. On
`$THREADS` threads; rapidocrlite takes all cores that it may run on."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "screens"))
import readers

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


def characters(model):
    """The text stored under `character` in the metadata of an ONNX file (`metadata_props`: field 1 the key, 2 the value)."""
    key = b"\x0a\x09character\x12"
    with open(model, "rb") as file:
        data = file.read()
    at, length, shift = data.rindex(key) + len(key), 0, 0
    while True:
        length, at, last = length | (data[at] & 127) << shift, at + 1, data[at] < 128
        if last:
            return data[at : at + length].decode()
        shift += 7


def character_file(model):
    """A file of them that lasts as long as what is returned."""
    file = tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8")
    file.write(characters(model))
    file.flush()
    return file


def engine(name):
    if name == "faster-paddle":
        return readers.FasterPaddle()
    models = {
        "Det.model_path": os.environ["DETECTION"],
        "Rec.model_path": os.environ["RECOGNITION"],
        "Global.log_level": "error",
    }
    if name == "rapidocrlite":
        known = character_file(os.environ["RECOGNITION"])
        reader = readers.Rapid(models | {"Rec.rec_keys_path": known.name, "Global.use_cls": False})
        # It opens the file with its first image.
        reader.known = known
        return reader
    models["EngineConfig.onnxruntime.intra_op_num_threads"] = readers.THREADS
    return readers.Rapid(models | (LIKE_THE_REFERENCE if name == "rapidocr-reference" else {}))


def main(name):
    # Whatever the packages print is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    reader = engine(name)
    for line in sys.stdin:
        started = time.perf_counter()
        lines = reader.read(line.rstrip("\n"))
        print((time.perf_counter() - started) * 1000, len(lines), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
