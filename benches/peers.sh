#!/usr/bin/env bash
# Times `jkocr serve` against the engines that people compare it to, on the same images, threads and machine, in one run,
# picture by picture in turn, warm; prints medians, a total and the peak memory of each, and the ratios; then the whole
# process of one image, from its start.
#   benches/peers.sh [FOLDER|IMAGE…]      the images of tests/data by default; of a folder, its PNGs
# ROUNDS=7 THREADS=2 SETS="v5-mobile v6-small", and
#   PEERS="faster-paddle rapidocrlite rapidocr oar-ocr official"   which of them
#   OLD=path      another jkocr: each set's profile `paddle` is timed beside it
#   JKOCR=path    this one, instead of a build
#   KEEP=folder   for the peers' environments, so that they are installed once
# faster-paddle has PP-OCRv6_small of its own, rapidocrlite reads with v6-small's weights, the others with v5-mobile's.
# Needs python3 with venv, cargo without JKOCR, and the package indexes of both.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
export SETS=${SETS:-v5-mobile v6-small} THREADS=${THREADS:-2} JKOCR=${JKOCR:-target/release/jkocr}
peers=${PEERS-faster-paddle rapidocrlite rapidocr oar-ocr official}

# Apple silicon has no file, and ARM's says no name.
grep -m1 "model name" /proc/cpuinfo 2>/dev/null | cut -d: -f2- || sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m

[ -x "$JKOCR" ] || cargo build --release --locked
# shellcheck disable=SC2086
"$JKOCR" models pull $SETS v5-mobile v6-small >&2
MODELS=$(dirname "$("$JKOCR" models path v5-mobile-det)")
export MODELS

wanted() {
  case " $peers " in *" $1 "*) ;; *) false ;; esac
}

# An environment of its own for each, since the RapidOCRs have the same module, and PaddleX another version of cv2;
# left out if it cannot be had within ten minutes.
environment() {
  local name=$1
  shift
  if [ ! -x "$folder/$name/bin/python" ]; then
    python3 -m venv "$folder/$name.new"
    if ! timeout 600 "$folder/$name.new/bin/pip" install --quiet "$@" >&2; then
      echo "$name is left out: it was not installed within ten minutes" >&2
      return 1
    fi
    mv "$folder/$name.new" "$folder/$name"
  fi
  echo "$folder/$name/bin/python"
}

if wanted faster-paddle; then
  FASTER_PADDLE=$(environment faster-paddle faster-paddle==1.0.4) && export FASTER_PADDLE
fi
if wanted rapidocrlite; then
  RAPIDOCRLITE=$(environment rapidocrlite --pre rapidocrlite==5.0.0a15) && export RAPIDOCRLITE
fi
if wanted rapidocr; then
  RAPIDOCR=$(environment rapidocr rapidocr==3.10.0 onnxruntime==1.31.1) && export RAPIDOCR
fi
if wanted oar-ocr; then
  if timeout 600 cargo build --quiet --release --manifest-path benches/oar-ocr/Cargo.toml --target-dir "$folder/oar-ocr"; then
    ORT_DYLIB_PATH=$("$JKOCR" models path onnxruntime)
    export ORT_DYLIB_PATH OAR_OCR="$folder/oar-ocr/release/oar-ocr-peer"
  else
    echo "oar-ocr is left out: it was not built within ten minutes" >&2
  fi
fi
if wanted official && OFFICIAL=$(environment official paddleocr==3.4.0 paddlex==3.4.1 paddlepaddle==3.2.2 onnxruntime==1.31.1); then
  export OFFICIAL
  # Converts the models for the engine it comes with.
  if timeout 600 "$folder/official/bin/pip" install --quiet x2paddle==1.6.0 onnx==1.17.0 >&2; then
    export OFFICIAL_PADDLE=1
  else
    echo "the official pipeline on Paddle is left out: the converter was not installed within ten minutes" >&2
  fi
fi

[ $# -gt 0 ] || set -- tests/data
[ ! -d "$1" ] || set -- "$1"/*.png
python3 benches/peers.py "$@"
