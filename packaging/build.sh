#!/usr/bin/env bash
# Makes the packages of jkocr: `packaging/build.sh [TARGET…]`; without one, all four. They go into target/packages, what
# it works with into target/packaging. Where each target is built on a system of its own, `packaging/build.sh --servers`
# does the first step alone (into target/packaging/server), and `--collect` the last.
#
#   x86_64-unknown-linux-gnu, aarch64-unknown-linux-gnu   glibc 2.28 or newer
#   aarch64-apple-darwin, x86_64-apple-darwin             macOS 13 or newer
#
# Of each target: the program, an archive (.tar.gz), a wheel, for Linux a .deb; an SBOM and the licences of every crate.
# Of all that lie in target/packages: install.sh, a Homebrew formula, SHA256SUMS.
#
# The programs for servers, jkocr for Linux on both processors, are built first, and are in every package. What is built
# then knows their digests, and that is all it has more: only the last crate differs.
#
#   JKOCR_DOWNLOAD   address of the folder that these packages will be in (default: target/packages, for trying it out)
#   JKOCR_NEWEST     address that always has the newest packages (default: the same)
#   JKOCR_HOMEPAGE   of the project, for the formula (default: the same)
#   JKOCR_SERVER     folder with x86_64-linux and aarch64-linux, which are taken instead of being built
#
# On a Mac, macOS's own targets are built with Apple's tools; everything else with zig, which brings a linker, a C
# compiler, and the libraries of each system.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD work=$PWD/target/packaging packages=$PWD/target/packages

servers=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu)
case ${1:-} in
  --servers) step=servers targets=() ;;
  --collect) step=collect targets=() ;;
  '') step=all targets=("${servers[@]}" aarch64-apple-darwin x86_64-apple-darwin) ;;
  *) step=all targets=("$@") ;;
esac
needed=(${targets[@]+"${targets[@]}"})
[ $step = collect ] || [ -n "${JKOCR_SERVER:-}" ] || needed+=("${servers[@]}")

# ---- tools

missing=()
for tool in cargo rustc git python3; do
  command -v "$tool" >/dev/null || missing+=("$tool: $([ "$tool" = cargo ] || [ "$tool" = rustc ] && echo https://rustup.rs || echo "apt install $tool, or brew install $tool")")
done
if command -v python3 >/dev/null && ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  missing+=("Python's venv: apt install python3-venv")
fi
# rustup has the standard library of each target; else it is built from its sources.
build_std=()
if command -v rustc >/dev/null; then
  for target in ${needed[@]+"${needed[@]}"}; do
    rustc --print target-list | grep -qxF "$target" || { echo "$0: $target is no target" >&2; exit 2; }
    [ -d "$(rustc --print target-libdir --target "$target")" ] && continue
    if [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
      build_std+=("$target")
    else
      missing+=("the standard library for $target: rustup target add $target (without rustup, its sources: Debian's rust-web-src)")
    fi
  done
fi
if [ ${#missing[@]} -gt 0 ]; then
  echo "$0: this is missing:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi

mkdir -p "$work" "$packages"
# A Python of its own with maturin and zig. Made anew when the list changes.
if ! cmp -s packaging/requirements.txt "$work/python/requirements.txt"; then
  python3 -m venv --clear "$work/python"
  "$work/python/bin/pip" install --quiet --disable-pip-version-check --requirement packaging/requirements.txt
  cp packaging/requirements.txt "$work/python/requirements.txt"
fi
# Tools out of crates, for the packages. Hardly optimised is fast enough (cargo-about compares texts), and is compiled in
# half the time.
tools=(cargo-deb@3.8.0 cargo-about@0.9.3)
[ $step = all ] || tools=()
for tool in ${tools[@]+"${tools[@]}"}; do
  if grep -qsF "\"${tool%@*} ${tool#*@} " "$work/cargo/.crates.toml" && [ -x "$work/cargo/bin/${tool%@*}" ]; then continue; fi
  features=()
  [ "${tool%@*}" != cargo-about ] || features=(--features cli)
  CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo install --debug --locked --root "$work/cargo" --target-dir "$work/cargo-build" ${features[@]+"${features[@]}"} "$tool"
done
export PATH=$work/python/bin:$work/cargo/bin:$PATH

# ---- what makes a build the same again

version=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["packages"][0]["version"])')
JKOCR_COMMIT=${JKOCR_COMMIT:-$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- . || echo -modified)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export JKOCR_COMMIT SOURCE_DATE_EPOCH CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$work/build TZ=UTC LC_ALL=C
# zig would write that of its own newest SDK.
export MACOSX_DEPLOYMENT_TARGET=13.0
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export CFLAGS="-ffile-prefix-map=$root=/jkocr -ffile-prefix-map=$cargo_home=/cargo"

# ---- programs

built=$work/built/jkocr

# compile TARGET OUT [TABLE]: a wheel, which is all there is then in the folder OUT, the program in it at $built, and the
# SBOM in it at $built.cdx.json.
compile() {
  local target=$1 out=$2 flags arguments separator=$'\x1f'
  rm -rf "$out"
  flags="--remap-path-prefix=$root=/jkocr$separator--remap-path-prefix=$cargo_home=/cargo"
  arguments=(--release --locked --target "$target" --out "$out")
  case $(uname -s)/$target in
    Darwin/*-apple-darwin) arguments+=(--compatibility pypi) ;;
    *-apple-darwin)
      python3 packaging/frameworks.py "$work/frameworks"
      flags+="$separator-Clink-arg=-F$work/frameworks"
      arguments+=(--zig --compatibility pypi)
      ;;
    *) arguments+=(--zig --compatibility manylinux_2_28) ;;
  esac
  if [[ " ${build_std[*]-} " == *" $target "* ]]; then
    export RUSTC_BOOTSTRAP=1
    arguments+=(-Z 'build-std=std,panic_abort')
  fi
  (cd packaging && CARGO_ENCODED_RUSTFLAGS=$flags JKOCR_SERVER_PROGRAMS=${3:-} maturin build "${arguments[@]}")
  # Where maturin leaves the program differs; what is in the wheel is the one.
  mkdir -p "${built%/*}"
  python3 - "$out"/jkocr-*.whl "$built" "$root" <<'PYTHON'
import pathlib, sys, zipfile
wheel, built = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for inside, outside in [(".data/scripts/jkocr", built), (".cyclonedx.json", built.with_name("jkocr.cdx.json"))]:
    [name] = [name for name in wheel.namelist() if name.endswith(inside)]
    outside.write_bytes(wheel.read(name).replace(b"path+file://" + sys.argv[3].encode(), b"path+file:///jkocr"))
built.chmod(0o755)
PYTHON
}

sha256() { python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

short() { # x86_64-unknown-linux-gnu: x86_64-linux
  case $1 in
    *-apple-darwin) echo "${1%%-*}-macos" ;;
    *) echo "${1%%-*}-linux" ;;
  esac
}

table=
make_servers() {
  local target name
  mkdir -p "$work/server" "$work/wheel/data"
  for target in "${servers[@]}"; do
    name=$(short "$target")
    if [ -n "${JKOCR_SERVER:-}" ]; then
      cp "$JKOCR_SERVER/$name" "$work/server/$name"
    else
      echo "== $target, for servers"
      compile "$target" "$work/server-wheels"
      cp "$built" "$work/server/$name"
    fi
    python3 packaging/pack.py zst "$work/server/$name.zst" "$work/server/$name"
    table="${table:-}${table:+ }${name%-linux}=$(sha256 "$work/server/$name")"
  done
}

# ---- packages

# stage PREFIX PACKAGE: what lies beside the program in every package.
stage() {
  rm -rf "$1"
  install -d "$1"/lib/jkocr/server "$1"/share/{man/man1,bash-completion/completions,fish/vendor_completions.d,zsh/site-functions,doc/jkocr/docs}
  install -m 644 "$work"/server/*.zst "$1/lib/jkocr/server/"
  echo "$2" >"$1/lib/jkocr/package"
  install -m 644 man/*.1 "$1/share/man/man1/"
  install -m 644 completions/jkocr.bash "$1/share/bash-completion/completions/jkocr"
  install -m 644 completions/jkocr.fish "$1/share/fish/vendor_completions.d/"
  install -m 644 completions/_jkocr "$1/share/zsh/site-functions/"
  install -m 644 README.md README.zh-CN.md LICENSE "$packages/LICENCES.txt" "$1/share/doc/jkocr/"
  install -m 644 docs/*.md "$1/share/doc/jkocr/docs/"
}

# fill TEMPLATE OUT NAME=VALUE…
fill() {
  python3 - "$@" <<'PYTHON'
import pathlib, re, sys
template, out, *values = sys.argv[1:]
values = dict(value.split("=", 1) for value in values)
text = pathlib.Path(template).read_text()
pathlib.Path(out).write_text(re.sub(r"@([A-Z0-9_]+)@", lambda name: values[name[1]], text))
PYTHON
}

download=${JKOCR_DOWNLOAD:-file://$packages} newest=${JKOCR_NEWEST:-${JKOCR_DOWNLOAD:-file://$packages}}

make_packages() {
  local target=$1 name folder program
  name=$(short "$target")
  echo "== $target"
  stage "$work/wheel/data" wheel
  compile "$target" "$work/wheels" "$table"
  cp "$work/wheels"/*.whl "$packages/"
  program=$built
  install -m 755 "$program" "$packages/jkocr-$version-$name"
  install -m 644 "$program.cdx.json" "$packages/jkocr-$version-$name.cdx.json"

  folder=$work/archive/jkocr-$version-$name
  stage "$folder" archive
  install -d "$folder/bin"
  install -m 755 "$program" "$folder/bin/jkocr"
  fill packaging/install.sh "$folder/lib/jkocr/install.sh" VERSION="$version" DOWNLOAD="$download" NEWEST="$newest" ARCHIVES=
  python3 packaging/pack.py tar "$packages/jkocr-$version-$name.tar.gz" "$folder"

  case $target in
    *-linux-gnu)
      stage "$work/deb" debian
      # Debian's zsh has the completions of packages elsewhere.
      mv "$work/deb/share/zsh/site-functions" "$work/deb/share/zsh/vendor-completions"
      # Where cargo-deb looks for it.
      install -m 755 "$program" "$CARGO_TARGET_DIR/$target/release/jkocr"
      cargo deb --quiet --locked --no-build --no-strip --target "$target" --output "$packages"
      ;;
  esac

}

# What is there once for all targets.
collect() {
  local archive archives=
  # Programs that came over a network may not be executable any more.
  for archive in "$packages/jkocr-$version"-*-{linux,macos}; do
    if [ -f "$archive" ]; then chmod 755 "$archive"; fi
  done
  for archive in "$packages/jkocr-$version"-*.tar.gz; do
    archives+="$(sha256 "$archive")  ${archive##*/}"$'\n'
  done
  fill packaging/install.sh "$packages/install.sh" VERSION="$version" DOWNLOAD="$download" NEWEST="$newest" ARCHIVES="$archives"
  chmod 755 "$packages/install.sh"
  digest() { sed -n "s/^\([0-9a-f]*\)  jkocr-$version-$1\.tar\.gz\$/\1/p" <<<"$archives"; }
  if [ "$(grep -c . <<<"$archives")" = 4 ]; then
    fill packaging/jkocr.rb "$packages/jkocr.rb" VERSION="$version" DOWNLOAD="$download" HOMEPAGE="${JKOCR_HOMEPAGE:-$download}" \
      AARCH64_MACOS="$(digest aarch64-macos)" X86_64_MACOS="$(digest x86_64-macos)" \
      AARCH64_LINUX="$(digest aarch64-linux)" X86_64_LINUX="$(digest x86_64-linux)"
  else
    echo "$0: no formula: it needs the archives of all four targets in $packages" >&2
  fi
  (cd "$packages" && rm -f SHA256SUMS && for file in *; do echo "$(sha256 "$file")  $file"; done >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
}

if [ $step != collect ]; then make_servers; fi
if [ ${#targets[@]} -gt 0 ]; then
  # What a program for a Mac needs is not in one for Linux, but a licence too many harms nobody.
  cargo about generate --locked --config packaging/about.toml packaging/licences.hbs --output-file "$packages/LICENCES.txt"
  for target in "${targets[@]}"; do make_packages "$target"; done
fi
if [ $step != servers ]; then
  collect
  ls -l "$packages"
fi
