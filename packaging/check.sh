#!/usr/bin/env bash
# Proves what packaging/build.sh has made, on Linux as root: `packaging/check.sh [PART…]`; without one, all of them.
#
#   sums        SHA256SUMS; the same digests in install.sh and in the formula; the programs for servers in every package
#   glibc       no symbol newer than glibc 2.28
#   archive     unpacked into Debian 11, the oldest there is to be had: reads word_ok with an empty home
#   wheel       pip into an empty environment: reads word_ok, and knows how it was installed
#   deb         apt into Debian 11, 12 and 13: reads word_ok, its manual and completions are there, and it goes again
#   installer   install.sh from a server on this machine: a wrong digest, a download that is cut, a folder that cannot be
#               written, an upgrade over an `up` that runs
#   arm         the program for ARM64 Linux under an emulator reads article_mixed as that for x86-64 does
#   macho       the programs for Macs: packaging/mach_o.py
#   formula     ruby -c
#   sbom        names every crate that is linked
#
# Once built, packages are checked for as long as they are there: nothing here compiles.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/packaging/check packages=$PWD/target/packages
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
version=$(sed -n '/^\[package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
parts=("$@")
[ $# -gt 0 ] || parts=(sums glibc archive wheel deb installer arm macho formula sbom)

missing=()
need() { command -v "$1" >/dev/null || missing+=("$1: apt install $2"); }
need python3 python3
need curl curl
for part in "${parts[@]}"; do
  case $part in
    archive | deb) need debootstrap debootstrap ;;
    arm) need debootstrap debootstrap; need proot proot; need qemu-aarch64-static qemu-user-static ;;
    formula) need ruby ruby ;;
  esac
done
[ "$(id -u)" -eq 0 ] || missing+=("root: chroot and debootstrap want it")
[ "$(uname -sm)" = 'Linux x86_64' ] || missing+=("Linux on x86-64")
[ -f "$packages/SHA256SUMS" ] || missing+=("the packages: packaging/build.sh")
if [ ${#missing[@]} -gt 0 ]; then
  echo "$0: this is missing:" >&2
  printf '  %s\n' "${missing[@]}" | sort -u >&2
  exit 1
fi

mkdir -p "$work"
python() {
  if ! cmp -s packaging/check-requirements.txt "$work/python/requirements.txt"; then
    python3 -m venv --clear "$work/python"
    "$work/python/bin/pip" install --quiet --disable-pip-version-check --requirement packaging/check-requirements.txt
    cp packaging/check-requirements.txt "$work/python/requirements.txt"
  fi
  "$work/python/bin/python" "$@"
}
fail() { echo "FAILED: $*" >&2; exit 1; }

# debian SUITE: a folder with that Debian, as new.
debian() {
  local clean=$work/$1
  # A folder is whole when it has its name.
  [ -d "$clean" ] || { debootstrap --variant=minbase "$1" "$clean.part" "$mirror" >"$work/$1.log" && mv "$clean.part" "$clean"; }
  rm -rf "$work/root"
  cp -a "$clean" "$work/root"
  cp /etc/resolv.conf "$work/root/etc/"
  cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$work/root/tmp/certificates"
  cp tests/data/*.png "$work/root/tmp/"
}
# inside COMMAND…: in that Debian, with an empty home.
inside() {
  rm -rf "$work/root/tmp/home"
  mkdir "$work/root/tmp/home"
  # With a /proc, which goes with its namespace.
  # shellcheck disable=SC2016
  unshare --mount bash -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home LANG=C.UTF-8 ${PIP_INDEX_URL:+"PIP_INDEX_URL=$PIP_INDEX_URL"} \
    SSL_CERT_FILE=/tmp/certificates DEBIAN_FRONTEND=noninteractive "$@"
}
# reads PROGRAM: reads word_ok in that Debian.
reads() {
  local text
  text=$(inside "$1" --quiet ocr /tmp/word_ok.png)
  [ "$text" = OK ] || fail "$1 reads \"$text\""
}

sums() {
  (cd "$packages" && sha256sum --quiet --check SHA256SUMS)
  local archive digest table arch name
  for archive in "$packages/jkocr-$version"-*.tar.gz; do
    name=${archive##*/} digest=$(sha256sum "$archive" | cut -d' ' -f1)
    grep -qxF "$digest  $name" <(sed "s/^archives='//" "$packages/install.sh") || fail "install.sh has another digest of $name"
    [ ! -f "$packages/jkocr.rb" ] || grep -A1 -F "/$name\"" "$packages/jkocr.rb" | grep -qF "\"$digest\"" || fail "the formula has another digest of $name"
  done
  # What the program says it knows, and what lies beside it in each package.
  table=$("$packages/jkocr-$version-x86_64-linux" --version --verbose)
  echo "$table"
  rm -rf "$work/unpacked"
  mkdir -p "$work/unpacked"
  for archive in "$packages/jkocr-$version"-*.tar.gz "$packages"/*.whl "$packages"/*.deb; do
    rm -rf "$work/unpacked/one"
    mkdir "$work/unpacked/one"
    case $archive in
      *.tar.gz) tar -xzf "$archive" -C "$work/unpacked/one" ;;
      *.whl) python3 -m zipfile -e "$archive" "$work/unpacked/one" ;;
      *.deb) dpkg-deb --extract "$archive" "$work/unpacked/one" ;;
    esac
    for arch in x86_64 aarch64; do
      digest=$(python - "$(find "$work/unpacked/one" -name "$arch-linux.zst")" <<'PYTHON'
import hashlib, sys, zstandard
print(hashlib.sha256(zstandard.ZstdDecompressor().decompress(open(sys.argv[1], "rb").read())).hexdigest())
PYTHON
      )
      grep -qF "$arch-linux\`, SHA-256 $digest" <<<"$table" || fail "${archive##*/} has another program for servers with $arch"
      # Each of the programs knows the same ones.
      grep -qraF "$arch=$digest" "$work/unpacked/one" --include=jkocr || fail "the program in ${archive##*/} does not know that for $arch"
    done
  done
  rm -rf "$work/unpacked"
}

glibc() {
  local program newest
  for program in "$packages/jkocr-$version"-{x86_64,aarch64}-linux; do
    newest=$(python - "$program" <<'PYTHON'
import sys, lief
binary = lief.ELF.parse(sys.argv[1])
versions = [entry.name for need in binary.symbols_version_requirement for entry in need.get_auxiliary_symbols()]
print(max(tuple(map(int, name.removeprefix("GLIBC_").split("."))) for name in versions if name.startswith("GLIBC_")))
PYTHON
    )
    echo "${program##*/}: $newest"
    [ "$(printf '%s\n' "$newest" '(2, 28)' | sort -V | tail -1)" = '(2, 28)' ] || fail "$program wants glibc $newest"
  done
}

archive() {
  debian bullseye
  tar -xzf "$packages/jkocr-$version-x86_64-linux.tar.gz" -C "$work/root/opt"
  inside ldd --version | sed -n 1p
  reads "/opt/jkocr-$version-x86_64-linux/bin/jkocr"
}

wheel() {
  local environment=$work/wheel wheel text
  wheel=$(ls "$packages"/jkocr-"$version"-*manylinux*_x86_64.whl)
  rm -rf "$environment" "${work:?}/home"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
  text=$(env -u PYTHONPATH JKOCR_HOME="$work/home" "$environment/bin/jkocr" --quiet ocr tests/data/word_ok.png)
  [ "$text" = OK ] || fail "the program of the wheel reads \"$text\""
  "$environment/bin/jkocr" --lang en --version --verbose | grep -F 'installed: pip, ' || fail "it does not know how it was installed"
  [ -f "$environment/share/man/man1/jkocr.1" ] || fail "no manual"
  "$environment/bin/pip" uninstall --quiet --yes jkocr
  [ -z "$(find "$environment" -path '*jkocr*' -type f)" ] || fail "something stays behind"
}

deb() {
  local suite package
  package=$(ls "$packages"/jkocr_*_amd64.deb)
  for suite in bullseye bookworm trixie; do
    debian "$suite"
    cp "$package" "$work/root/tmp/"
    inside apt-get -qq -o=Dpkg::Use-Pty=0 install --no-install-recommends -y "/tmp/${package##*/}" >"$work/apt.log" 2>&1 ||
      { inside apt-get -qq update && inside apt-get -qq -o=Dpkg::Use-Pty=0 install --no-install-recommends -y "/tmp/${package##*/}" >"$work/apt.log" 2>&1; } ||
      { cat "$work/apt.log" >&2; fail "apt does not install it into $suite"; }
    reads /usr/bin/jkocr
    inside jkocr --version --verbose | grep -F 'installed: Debian package, /usr/bin/jkocr' || fail "it does not know how it was installed"
    [ -f "$work/root/usr/share/man/man1/jkocr.1.gz" ] || fail "no manual"
    [ -f "$work/root/usr/share/bash-completion/completions/jkocr" ] || fail "no completions"
    inside apt-get -qq -o=Dpkg::Use-Pty=0 purge -y jkocr >"$work/apt.log" 2>&1
    [ -z "$(find "$work/root/usr" -name '*jkocr*')" ] || fail "something stays behind in $suite"
    echo "$suite: reads, and goes"
  done
}

installer() {
  # Not local, since the last thing that a shell does is outside its functions.
  folder=$work/installer home=$work/installer/home
  local name=jkocr-$version-x86_64-linux.tar.gz port port_of_up
  rm -rf "$folder"
  mkdir -p "$folder/served" "$home"
  cp "$packages/install.sh" "$packages/$name" "$folder/served/"
  python3 -u - "$folder/served" >"$folder/server.log" 2>&1 <<'PYTHON' &
import functools, http.server, os, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; what is below /cut/ ends in the middle, though its length was announced."""

    def do_GET(self):
        if not self.path.startswith("/cut/"):
            return super().do_GET()
        data = open(os.path.join(self.directory, os.path.basename(self.path)), "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.close_connection = True

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
print(server.server_port)
server.serve_forever()
PYTHON
  server=$! jkocr=("$home/.local/bin/jkocr" --lang en)
  # However this part ends.
  trap 'kill "$server" 2>/dev/null || :; umount "$folder/locked" 2>/dev/null || :
    JKOCR_HOME=$folder/jkocr "${jkocr[@]}" down >/dev/null 2>&1 || :' EXIT
  until port=$(head -1 "$folder/server.log" 2>/dev/null) && [ -n "$port" ]; do kill -0 "$server"; done
  run() { env -i PATH="$PATH" HOME="$home" LANG=C JKOCR_DOWNLOAD="http://127.0.0.1:$port$1" sh "$folder/served/install.sh" "${@:2}"; }
  refused() { # WORDS COMMAND…
    local words=$1 said
    shift
    if said=$("$@" 2>&1); then fail "this went well: $*"; fi
    grep -qF -e "$words" <<<"$said" || fail "not told: $words; but: $said"
    [ ! -e "$home/.local/bin/jkocr" ] || fail "something was installed"
    echo "refused: $(tail -1 <<<"$said")"
  }
  refused 'cannot fetch' run /cut
  printf x | dd of="$folder/served/$name" bs=1 seek=1000 conv=notrunc status=none
  refused 'is damaged' run ''
  cp "$packages/$name" "$folder/served/"
  mkdir "$folder/locked"
  mount -t tmpfs -o ro tmpfs "$folder/locked"
  refused '--prefix DIR' run '' --prefix "$folder/locked"
  umount "$folder/locked"

  run ''
  port_of_up=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  mkdir -p "$folder/jkocr"
  printf 'listen = ["127.0.0.1:%s"]\n' "$port_of_up" >"$folder/jkocr/config.toml"
  export JKOCR_HOME=$folder/jkocr
  "${jkocr[@]}" --quiet models pull onnxruntime v5-mobile
  "${jkocr[@]}" up --detach
  run '' 2>&1 | tail -3
  # The one that runs goes on, and reads a PDF with the program that it was started from.
  python3 - "$port_of_up" tests/fuzz/seeds/pdf/text.pdf <<'PYTHON'
import base64, json, sys, time, urllib.error, urllib.request

body = json.dumps({"file": base64.b64encode(open(sys.argv[2], "rb").read()).decode(), "fileType": 0}).encode()
until = time.monotonic() + 300
while True:
    asked = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/ocr", body, {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(asked, timeout=300))
    # It may still be loading its models.
    if answer["errorCode"] == 0 or time.monotonic() > until:
        break
    time.sleep(1)
pages = answer["result"]["ocrResults"] if answer["errorCode"] == 0 else []
print("the one that runs reads a PDF:", len(pages), "page(s)", answer["errorMsg"])
sys.exit(not pages)
PYTHON
  "${jkocr[@]}" down
  unset JKOCR_HOME
  sh "$home/.local/lib/jkocr/install.sh" --remove
  [ -z "$(find "$home" -name '*jkocr*')" ] || fail "something stays behind"
}

arm() {
  local base=$work/arm64 package arm intel
  [ -d "$base" ] || { debootstrap --foreign --variant=minbase --arch=arm64 bookworm "$base.part" "$mirror" >"$work/arm64.log" && mv "$base.part" "$base"; }
  rm -rf "$work/root"
  mkdir -p "$work/root/tmp" "$work/root/home/arm" "$work/root/home/intel"
  # Nothing of it is configured: that would take an hour under the emulator.
  for package in libc6 libgcc-s1 libstdc++6; do
    dpkg-deb --extract "$base"/var/cache/apt/archives/"$package"_*.deb "$work/root"
  done
  install -m 755 "$packages/jkocr-$version-aarch64-linux" "$work/root/tmp/jkocr"
  # Folders have one path within and without: proot does not translate `statx`.
  arm=$(JKOCR_HOME=$work/root/home/arm proot -q qemu-aarch64-static -r "$work/root" -b /etc/resolv.conf -b /etc/ssl -b /proc -b /dev \
    -b "$work/root/home" -b "$PWD/tests/data" -w / /tmp/jkocr --quiet ocr "$PWD/tests/data/article_mixed.png")
  intel=$(JKOCR_HOME=$work/root/home/intel "$packages/jkocr-$version-x86_64-linux" --quiet ocr tests/data/article_mixed.png)
  [ "$(wc -l <<<"$intel")" = 10 ] || fail "article_mixed has ten lines"
  [ "$arm" = "$intel" ] || fail "ARM64 reads $arm"
  echo "the same ten lines"
}

macho() { python packaging/mach_o.py "$packages/jkocr-$version"-{aarch64,x86_64}-macos; }

formula() { ruby -c "$packages/jkocr.rb"; }

sbom() {
  local target name
  for target in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-apple-darwin aarch64-apple-darwin; do
    case $target in *-darwin) name=${target%%-*}-macos ;; *) name=${target%%-*}-linux ;; esac
    cargo tree --locked --target "$target" --edges normal --prefix none --format '{p}' | sed 's/ (.*//' | sort -u |
      python3 -c '
import json, sys
document = json.load(open(sys.argv[1]))
named = {(part["name"], part["version"]) for part in document["components"]}
named.add((document["metadata"]["component"]["name"], document["metadata"]["component"]["version"]))
linked = {tuple(line.split(" v")) for line in sys.stdin.read().splitlines()}
print(sys.argv[1].rsplit("/", 1)[1] + ":", len(linked), "crates are linked, not named:", sorted(linked - named) or "none")
sys.exit(1 if linked - named else 0)' "$packages/jkocr-$version-$name.cdx.json" || fail "the SBOM for $target is not complete"
  done
}

for part in "${parts[@]}"; do
  echo "== $part"
  began=$SECONDS
  # Not as the left side of `||`, where bash would go on after an error.
  set +e
  (set -euo pipefail; "$part")
  status=$?
  set -e
  [ $status = 0 ] || { echo "FAILED: $part" >&2; exit 1; }
  echo "== $part: well, $((SECONDS - began)) s"
done
rm -rf "$work/root"
echo "all is well: ${parts[*]}"
