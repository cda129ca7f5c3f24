#!/usr/bin/env bash
# Fuzzes what takes bytes from strangers: `run.sh [SECONDS [TARGET…]]` builds the targets, all or those named, and runs
# each for so long (600). JOBS says how many run at once (1). Their words are in target/fuzz/logs, and what they find in
# target/fuzz/artifacts: a crash, 2 GB, or a minute for one input, which on a busy machine may be the machine's. Fails if
# any finds something.
# Needs `cargo install cargo-fuzz` and a nightly toolchain; without one, the usual toolchain takes its place, which is
# told to allow what only nightly ones do.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-600}
shift || true
jobs=${JOBS:-1}
all=(request image heads webp gif tiff pdf boxes survey words index wheel)
[ $# -gt 0 ] || set -- "${all[@]}"
data=tests/data
ours=tests/fuzz/seeds
output=target/fuzz
corpus=$output/corpus
if cargo +nightly --version >/dev/null 2>&1; then
  export RUSTUP_TOOLCHAIN=nightly
else
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

# Sets the longest input of a target and the folders that it begins with.
prepare() {
  length=65536
  case $1 in
    request) seeds=("$data/requests") ;;
    image | heads) seeds=("$data/formats" "$data/odd") ;;
    webp) seeds=("$corpus/tails/webp") && tails 12 "${seeds[0]}" "$data"/formats/*.webp ;;
    gif) seeds=("$corpus/tails/gif") && tails 6 "${seeds[0]}" "$data"/formats/*.gif ;;
    tiff) seeds=("$corpus/tails/tiff") && tails 4 "${seeds[0]}" "$data"/formats/*.tiff ;;
    pdf | index | wheel) seeds=("$ours/$1") ;;
    boxes)
      length=16384 seeds=("$corpus/recorded")
      python3 tests/fuzz/seeds.py "$corpus/recorded"
      ;;
    survey)
      seeds=("$corpus/here")
      mkdir -p "$corpus/here"
      AUTHORITY=127.0.0.1:1 SOCKET='' sh src/doctor/survey/survey.sh >"$corpus/here/survey"
      ;;
    words)
      length=8192 seeds=("$corpus/forged")
      mkdir -p "$corpus/forged"
      cp "$data/forged_words.txt" "$corpus/forged"
      ;;
    *)
      echo "no target is called $1" >&2
      exit 2
      ;;
  esac
}

# Runs a target, and says in a line what came of it.
run() {
  local target=$1 log=$output/logs/$1.log outcome=held
  prepare "$target"
  mkdir -p "$corpus/$target" "$output/artifacts/$target" "$output/logs"
  "$output/$host/release/$target" "$corpus/$target" "${seeds[@]}" -artifact_prefix="$output/artifacts/$target/" \
    -max_total_time="$seconds" -max_len="$length" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
    >"$log" 2>&1 || outcome=FOUND
  echo "$target: $outcome, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs," \
    "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1) ($log)"
  [ $outcome = held ]
}

host=$(rustc -vV | sed -n 's/^host: //p')
for target; do
  prepare "$target"
done
if [ $# -eq 1 ]; then
  cargo fuzz build --fuzz-dir tests/fuzz --target-dir "$output" "$1"
else
  cargo fuzz build --fuzz-dir tests/fuzz --target-dir "$output"
fi

running=0 status=0
for target; do
  if [ "$running" -ge "$jobs" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
  run "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit $status
