#!/usr/bin/env bash
# Fuzzes what takes bytes from strangers: `run.sh [SECONDS [TARGET…]]` builds every target and runs each for so long
# (600), or those that are named. Needs `cargo install cargo-fuzz` and a nightly toolchain; without one, the usual
# toolchain takes its place, which is told to allow what only nightly ones do.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-600}
shift || true
[ $# -gt 0 ] || set -- request image heads webp gif tiff pdf boxes survey words
data=tests/data
corpus=tests/fuzz/corpus
toolchain=+nightly
if ! cargo +nightly --version >/dev/null 2>&1; then
  toolchain=
  export RUSTC_BOOTSTRAP=1
fi

# A target's seeds are whole files; those of one format are without the bytes that the target puts before them.
tails() {
  local bytes=$1 folder=$2
  shift 2
  mkdir -p "$folder"
  for file; do
    tail -c "+$((bytes + 1))" "$file" >"$folder/$(basename "$file")"
  done
}

for target; do
  case $target in
    request) length=65536 seeds=("$data/requests") ;;
    image | heads) length=65536 seeds=("$data/formats" "$data/odd") ;;
    webp) length=65536 seeds=("$corpus/tails/webp") && tails 12 "${seeds[0]}" "$data"/formats/*.webp ;;
    gif) length=65536 seeds=("$corpus/tails/gif") && tails 6 "${seeds[0]}" "$data"/formats/*.gif ;;
    tiff) length=65536 seeds=("$corpus/tails/tiff") && tails 4 "${seeds[0]}" "$data"/formats/*.tiff ;;
    pdf) length=65536 seeds=("tests/fuzz/seeds/pdf") ;;
    boxes)
      length=16384 seeds=("$corpus/recorded")
      python3 tests/fuzz/seeds.py "$corpus/recorded"
      ;;
    survey)
      length=65536 seeds=("$corpus/here")
      mkdir -p "$corpus/here"
      AUTHORITY=127.0.0.1:1 SOCKET= sh src/doctor/survey/survey.sh >"$corpus/here/survey"
      ;;
    words)
      length=8192 seeds=("$corpus/forged")
      mkdir -p "$corpus/forged"
      cp "$data/forged_words.txt" "$corpus/forged"
      ;;
    *)
      echo "no target is called $target" >&2
      exit 2
      ;;
  esac
  mkdir -p "$corpus/$target"
  echo "== $target, $seconds s =="
  cargo ${toolchain:+"$toolchain"} fuzz run --fuzz-dir tests/fuzz "$target" "$corpus/$target" "${seeds[@]}" -- \
    -max_total_time="$seconds" -max_len="$length" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
done
