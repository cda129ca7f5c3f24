"""The official pipeline (paddleocr 3.4.0) on either engine. Reads paths from standard input and answers each with
`MILLISECONDS LINES`.

    benches/official.py DETECTION.onnx RECOGNITION.onnx THREADS onnxruntime|paddle

Only the models are exchanged: decoding, scaling, boxes, crops, batches and texts are its own code. `onnxruntime` opens
the files where PaddleX would make a predictor of Paddle's; `paddle` converts them and runs Paddle with oneDNN, as the
pipeline does by default. Both need
    pip install paddleocr==3.4.0 paddlex==3.4.1 paddlepaddle==3.2.2 onnxruntime==1.31.1
(PaddleX imports Paddle to choose a device), `paddle` also what to_paddle.py needs. The hubs the pipeline takes its
models from are not asked.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings

# The libraries make folders in the home folder as they are imported.
HOME = tempfile.TemporaryDirectory()
os.environ |= {"HOME": HOME.name, "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True"}
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

import onnxruntime
import yaml
from paddleocr import PaddleOCR
from paddlex.inference.models.base.predictor.base_predictor import BasePredictor

# What the files of PP-OCRv5_mobile say of themselves; everything else is the pipeline's default.
PREPARE_DETECTION = [
    {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
    {"DetLabelEncode": None},
    {"DetResizeForTest": {"resize_long": 960}},
    {
        "NormalizeImage": {
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "scale": "1./255.",
            "order": "hwc",
        }
    },
    {"ToCHWImage": None},
    {"KeepKeys": {"keep_keys": ["image", "shape", "polys", "ignore_tags"]}},
]
BOXES = {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "max_candidates": 1000, "unclip_ratio": 1.5}
PREPARE_RECOGNITION = [
    {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
    {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
    {"RecResizeImg": {"image_shape": [3, 48, 320]}},
    {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length", "valid_ratio"]}},
]


def open_session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def characters(recognition):
    """As many as the model has classes, without the blank before them and the space PaddleX adds after them."""
    session = open_session(recognition, 1)
    listed = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    return listed[: session.get_outputs()[0].shape[-1] - 2]


def make_directory(name, model, put, prepare, finish):
    directory = os.path.join(HOME.name, name)
    os.mkdir(directory)
    put(model, directory)
    description = {
        "Global": {"model_name": name},
        "PreProcess": {"transform_ops": prepare},
        "PostProcess": finish,
    }
    with open(os.path.join(directory, "inference.yml"), "w", encoding="utf-8") as file:
        yaml.safe_dump(description, file, allow_unicode=True)
    return directory


def link(model, directory):
    os.symlink(os.path.abspath(model), os.path.join(directory, "inference.onnx"))


def convert(model, directory):
    script = os.path.join(os.path.dirname(__file__), "to_paddle.py")
    done = subprocess.run([sys.executable, script, model, directory], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{model} was not converted: {done.stderr}")


def run_on_onnx_runtime(threads):
    def create(predictor):
        session = open_session(str(predictor.model_dir / "inference.onnx"), threads)
        return lambda x: session.run(None, {session.get_inputs()[0].name: x[0]})

    BasePredictor.create_static_infer = create


def pipeline(detection, recognition, threads, engine):
    """A function from an image's path to the lines read in it."""
    if engine == "onnxruntime":
        run_on_onnx_runtime(threads)
    put = {"onnxruntime": link, "paddle": convert}[engine]
    texts = {"name": "CTCLabelDecode", "character_dict": characters(recognition)}
    ocr = PaddleOCR(
        text_detection_model_name="PP-OCRv5_mobile_det",
        text_detection_model_dir=make_directory("PP-OCRv5_mobile_det", detection, put, PREPARE_DETECTION, BOXES),
        text_recognition_model_name="PP-OCRv5_mobile_rec",
        text_recognition_model_dir=make_directory("PP-OCRv5_mobile_rec", recognition, put, PREPARE_RECOGNITION, texts),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        device="cpu",
        cpu_threads=threads,
        enable_mkldnn=True,
    )
    return lambda path: ocr.predict(path)[0]["rec_texts"]


def main(detection, recognition, threads, engine):
    # What the libraries print must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    read = pipeline(detection, recognition, int(threads), engine)
    for path in sys.stdin:
        started = time.perf_counter()
        lines = read(path.rstrip("\n"))
        print(f"{(time.perf_counter() - started) * 1000:.3f} {len(lines)}", file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
