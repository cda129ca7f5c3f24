#!/usr/bin/env bash
# Times `jkocr serve` against RapidOCR 3.10, the oar-ocr crate and the official pipeline (on ONNX Runtime and on Paddle)
# on the same v5-mobile weights, images, threads and machine, in one run, engine by engine in turn; then the whole
# process of one image, from its start.
#   benches/peers.sh [IMAGE…]      the images of tests/data by default; ROUNDS=7 THREADS=2
# Needs cargo, python3 with venv, and the package indexes of both; everything it makes is below one temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
server=
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

cargo build --release --locked
jkocr=target/release/jkocr
"$jkocr" models pull v5-mobile
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet rapidocr==3.10.0 onnxruntime==1.31.1
# These two are left out if they fail or take longer than ten minutes.
if timeout 600 cargo build --quiet --release --manifest-path benches/oar-ocr/Cargo.toml --target-dir "$scratch/oar-ocr"; then
  export OAR_OCR="$scratch/oar-ocr/release/oar-ocr-peer"
else
  echo "oar-ocr is left out: it was not built within ten minutes" >&2
fi
# An environment of its own: PaddleX and RapidOCR bring different versions of the same cv2.
python3 -m venv "$scratch/official"
if timeout 600 "$scratch/official/bin/pip" install --quiet \
  paddleocr==3.4.0 paddlex==3.4.1 paddlepaddle==3.2.2 onnxruntime==1.31.1; then
  export OFFICIAL_PYTHON="$scratch/official/bin/python"
  # Converts the models for the engine it comes with.
  if timeout 600 "$scratch/official/bin/pip" install --quiet x2paddle==1.6.0 onnx==1.17.0; then
    export OFFICIAL_PADDLE=1
  else
    echo "the official pipeline on Paddle is left out: the converter was not installed within ten minutes" >&2
  fi
else
  echo "the official pipeline is left out: it was not installed within ten minutes" >&2
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$jkocr" serve --quiet --port "$port" --models v5-mobile --threads "${THREADS:-2}" &
server=$!
[ $# -gt 0 ] || set -- tests/data/*.png
JKOCR=$jkocr PORT=$port ORT_DYLIB_PATH=$("$jkocr" models path onnxruntime) \
  DETECTION=$("$jkocr" models path v5-mobile-det) RECOGNITION=$("$jkocr" models path v5-mobile-rec) \
  "$scratch/venv/bin/python" benches/peers.py "$@"
