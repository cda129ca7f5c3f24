#!/usr/bin/env bash
# Draws screens in Chromium and reads them with jkocr's sets and with the engines that people compare it to, one after the
# other, warm, on the same threads; prints the seconds, the memory, and what each got wrong of what was drawn.
#   benches/screens.sh [SEED]      23 by default; SETS="v5-mobile v6-small" THREADS=2; KEEP=folder keeps all it makes;
#                                  PAGES="chinese code" draws these alone; ENGINES="onnxruntime auto" reads with OpenVINO as
#                                  well, on a processor that computes in bf16
# Needs cargo, python3 with venv, and Debian: chromium man-db manpages-zh manpages-ja iso-codes fonts-noto-cjk fonts-inter
# fonts-jetbrains-mono fonts-dejavu fonts-liberation.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
sets=${SETS:-v5-mobile v6-small}
engines=${ENGINES:-onnxruntime}
export THREADS=${THREADS:-2} JKOCR=${JKOCR:-target/release/jkocr}

[ -x "$JKOCR" ] || cargo build --release --locked
# shellcheck disable=SC2086
"$JKOCR" models pull $sets v6-small
[ "$engines" = onnxruntime ] || "$JKOCR" models pull openvino
# Environments of their own: the two RapidOCRs have the same module.
for package in faster-paddle==1.0.4 rapidocr==3.10.0 rapidocrlite==5.0.0a15; do
  name=${package%%=*}
  [ -d "$folder/$name" ] && continue
  python3 -m venv "$folder/$name"
  also=
  [ "$name" != rapidocr ] || also="onnxruntime==1.31.1"
  # shellcheck disable=SC2086
  "$folder/$name/bin/pip" install --quiet --pre "$package" $also
done

grep -m1 "model name" /proc/cpuinfo | cut -d: -f2- || true
drawn=$folder/drawn-${1:-23}
python3 benches/screens/draw.py "$drawn" "${1:-23}"
read=()
for set in $sets; do
  for engine in $engines; do
    name="jkocr $set"
    [ "$engine" = onnxruntime ] || name+=" bf16"
    JKOCR_OCR_ENGINE=$engine python3 benches/screens/readers.py "jkocr:$set" "$drawn" "$folder/read/$name"
    read+=("$folder/read/$name")
  done
done
for name in faster-paddle rapidocr rapidocrlite; do
  "$folder/$name/bin/python" benches/screens/readers.py "$name" "$drawn" "$folder/read/$name"
  read+=("$folder/read/$name")
done
python3 benches/screens/score.py "$drawn" "${read[@]}"
