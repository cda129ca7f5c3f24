#!/usr/bin/env bash
# Runs everything that has to hold: format, lints, documentation, tests. Installs what the tests need, on Debian and
# Ubuntu with apt, on a Mac with Homebrew, where it also says which tests are left out and why. `tests/run.sh NAME` runs
# the tests whose path has NAME in it: `tunnel::`, `serve::limits`, `golden`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Real peers of the tests: sshd behind the tunnel, systemd around the server, nginx before it, a clock that jumps, a
# browser for its page, a PDF reader for what is written, and Python for schemathesis, which its test fetches itself.
packages=(binutils chromium chromium-driver curl dbus fish iproute2 libfaketime nginx openssh-server poppler-utils
  python3-venv sudo systemd tcsh tmux xclip xvfb zsh)

# What cannot be tested there, by the path of a test, and why.
left_out=()
leave_out() { # PATH REASON
  echo "left out: $1: $2" >&2
  left_out+=(--skip "$1")
}

install_for_debian() {
  local missing=() sudo=() package
  # Node.js from elsewhere than Debian brings its own.
  command -v npm >/dev/null || packages+=(npm)
  for package in "${packages[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  ${sudo[@]+"${sudo[@]}"} apt-get update -q
  ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
}

# macOS has sshd, curl and ps of its own.
install_for_mac() {
  command -v brew >/dev/null || { echo "$0: there is no Homebrew, which installs what the tests need: https://brew.sh" >&2; exit 1; }
  local missing=() pair
  for pair in nginx:nginx pdftotext:poppler python3:python shellcheck:shellcheck; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] || brew install "${missing[@]}"
  command -v chromedriver >/dev/null || brew install --cask chromedriver || :
  command -v chromedriver >/dev/null || leave_out page::browser "there is no chromedriver, or no Chrome for it"
  for part in root unit user; do
    leave_out "service::$part" "it is about systemd; service::launchd is tested"
  done
  leave_out doctor::there::a_service_that_everybody_can_reach "which addresses a server listens on is in /proc"
  for part in no_pdf_brings_the_service_down a_page_without_an_end slow_pdfs_wait a_caller_who_leaves \
    the_process_that_draws_ends_with_the_one; do
    leave_out "pdf::service::$part" "the processes that draw are found in /proc"
  done
  echo "left out: net::broken, net::deploy, service::machine, service::sockets, serve::memory and what else is compiled" \
    "for Linux only: network namespaces, systemd, /proc, cgroups" >&2
}

case $(uname -s) in
  Darwin) install_for_mac ;;
  *) install_for_debian ;;
esac

if [ $# -gt 0 ]; then
  exec cargo test --locked --test '*' -- ${left_out[@]+"${left_out[@]}"} "$@"
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
cargo test --locked --test net -- ${left_out[@]+"${left_out[@]}"} --skip deploy:: --test-threads 8 >"$results/net" 2>&1 & net=$!
cargo test --locked --test program -- ${left_out[@]+"${left_out[@]}"} --test-threads 6 >"$results/program" 2>&1 & program=$!
failed=0
cargo test --locked --lib --bins --test engine -- --test-threads 2 || failed=1
cargo test --locked --doc || failed=1
wait $net || failed=1
wait $program || failed=1
# Those of `deploy` pack the program, boot a systemd and sign in again and again: alone, nothing else waits for them.
cargo test --locked --test net -- ${left_out[@]+"${left_out[@]}"} deploy:: --test-threads 2 || failed=1
cat "$results/net" "$results/program"
exit $failed
