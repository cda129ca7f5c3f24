#!/usr/bin/env bash
# Fuzzes what takes bytes from strangers: `run.sh TARGET [SECONDS]`, TARGET one of request, image, boxes,
# survey, words.
# Needs `rustup toolchain install nightly` and `cargo install cargo-fuzz`.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$1
seconds=${2:-600}
data=tests/data
case $target in
  request) length=65536 seeds=("$data/requests") ;;
  image) length=65536 seeds=("$data/formats" "$data/odd") ;;
  boxes)
    length=16384 seeds=(tests/fuzz/corpus/recorded)
    python3 tests/fuzz/seeds.py tests/fuzz/corpus/recorded
    ;;
  survey)
    length=65536 seeds=(tests/fuzz/corpus/here)
    mkdir -p tests/fuzz/corpus/here
    AUTHORITY=127.0.0.1:1 SOCKET= sh src/doctor/survey/survey.sh >tests/fuzz/corpus/here/survey
    ;;
  words)
    length=8192 seeds=(tests/fuzz/corpus/forged)
    mkdir -p tests/fuzz/corpus/forged
    cp tests/data/forged_words.txt tests/fuzz/corpus/forged
    ;;
  *)
    echo "no target is called $target" >&2
    exit 2
    ;;
esac
mkdir -p "tests/fuzz/corpus/$target"
exec cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" "tests/fuzz/corpus/$target" "${seeds[@]}" -- \
  -max_total_time="$seconds" -max_len="$length" -timeout=10 -rss_limit_mb=2048
