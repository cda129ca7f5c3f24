#!/usr/bin/env bash
# Lints what is compiled on a Mac only, tests included, from Linux: `tests/clippy-mac.sh [TARGET…]`; without one, both
# Macs. Nothing is linked or run.
#
# C code of dependencies is compiled by zig, which brings the headers of macOS:
#   python3 -m venv zig && zig/bin/pip install ziglang==0.17.1 cargo-zigbuild==0.24.1 && PATH=$PWD/zig/bin:$PATH
# The standard library of a target is rustup's (`rustup target add TARGET`); where rustup cannot fetch it, it is built
# from the compiler's sources, which Debian has as `rust-web-src`, beside `rustc-web` and `rust-web-clippy`.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
[ $# -gt 0 ] || targets=(aarch64-apple-darwin x86_64-apple-darwin)

for tool in cargo-zigbuild cargo-clippy rustc; do
  command -v "$tool" >/dev/null || { echo "$0: there is no $tool on the PATH; the head of this file has where to get it" >&2; exit 1; }
done
python3 -m ziglang version >/dev/null 2>&1 || command -v zig >/dev/null ||
  { echo "$0: there is no zig; the head of this file has where to get it" >&2; exit 1; }

export MACOSX_DEPLOYMENT_TARGET=13.0
for target in "${targets[@]}"; do
  standard_library=()
  if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ] ||
      { echo "$0: no standard library for $target: rustup target add $target" >&2; exit 1; }
    export RUSTC_BOOTSTRAP=1
    standard_library=("-Zbuild-std=std,panic_abort,test,proc_macro")
  fi
  echo "== $target"
  cargo-zigbuild clippy --locked "${standard_library[@]}" --target "$target" --all-targets -- -D warnings
done
