#!/usr/bin/env bash
# Runs everything that has to hold: format, lints, documentation, tests. Installs what the tests need
# (Debian or Ubuntu; elsewhere, install the packages below by hand). `tests/run.sh NAME` runs the tests
# whose path has NAME in it: `tunnel::`, `serve::limits`, `golden`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Real peers of the tests: sshd behind the tunnel, systemd around the server, nginx before it, a clock that jumps, a
# browser for its page, a PDF reader for what is written, and Python for schemathesis, which its test fetches itself.
packages=(chromium chromium-driver dbus iproute2 libfaketime nginx npm openssh-server poppler-utils python3-venv systemd tmux xclip xvfb)

missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
fi

if [ $# -gt 0 ]; then
  exec cargo test --locked --test '*' -- "$@"
fi
cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
# The documentation of private items is made as well, so public ones may point there.
RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --locked --no-deps --document-private-items
cargo test --locked --no-run

# The tests of `net` and `program` mostly wait, for an ssh, a browser, a limit of time: more of them than there are cores
# run at once, and beside those of `engine`, which compute.
results=$(mktemp -d)
trap 'rm -r "$results"' EXIT
cargo test --locked --test net -- --test-threads 8 >"$results/net" 2>&1 & net=$!
cargo test --locked --test program -- --test-threads 6 >"$results/program" 2>&1 & program=$!
failed=0
cargo test --locked --lib --bins --test engine -- --test-threads 2 || failed=1
cargo test --locked --doc || failed=1
wait $net || failed=1
wait $program || failed=1
cat "$results/net" "$results/program"
exit $failed
