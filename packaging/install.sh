#!/bin/sh
# Installs jkocr for the person who runs this: `sh install.sh`, again to bring it up to date, `sh install.sh --remove`
# to take it away. Asks nothing, needs no root, writes below one folder, and replaces files by renaming.
#
#   --prefix DIR      where to: DIR/bin/jkocr and what belongs to it (default: ~/.local)
#   --remove          take away what was installed there
#   JKOCR_DOWNLOAD    variable: address of the folder that the packages are in
#
# The copy in an installation knows no archive: it fetches the newest installer and runs that.
set -eu

version='@VERSION@'
base=${JKOCR_DOWNLOAD:-'@DOWNLOAD@'}
newest=${JKOCR_DOWNLOAD:-'@NEWEST@'}
# SHA-256 and name of each archive of this version.
archives='@ARCHIVES@'

say() { printf '%s\n' "$*" >&2; }
fail() { say "install.sh: $*"; exit 1; }

prefix=
remove=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -gt 1 ] || fail '--prefix needs a folder'; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --remove) remove=yes ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown option $1; --help says which there are" ;;
  esac
  shift
done
# An installer that lies in an installation is for that one.
if [ -z "$prefix" ]; then
  here=$(cd "$(dirname "$0")" 2>/dev/null && pwd -P) || here=
  case $here in
    */lib/jkocr) if [ -f "$here/files" ]; then prefix=${here%/lib/jkocr}; fi ;;
  esac
fi
prefix=${prefix:-${HOME:?install.sh: there is no home folder; say where to with --prefix DIR}/.local}
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
list=$prefix/lib/jkocr/files

# Takes away the files that are listed in $1 and not in $2.
take_away() {
  while IFS= read -r file; do
    case $file in
      '' | /* | *..*) continue ;;
    esac
    if [ -n "$2" ] && grep -qxF -e "$file" "$2"; then continue; fi
    rm -f "$prefix/$file"
  done <"$1"
}

if [ -n "$remove" ]; then
  [ -f "$list" ] || fail "nothing of this installer's is in $prefix; if it is elsewhere: --prefix DIR"
  copy=$(mktemp)
  trap 'rm -f "$copy"' EXIT
  cp "$list" "$copy"
  take_away "$copy" ''
  rm -f "$list"
  rmdir "$prefix/lib/jkocr/server" "$prefix/lib/jkocr" "$prefix/share/doc/jkocr/docs" "$prefix/share/doc/jkocr" 2>/dev/null || :
  say "jkocr is gone from $prefix. Its models and settings are still there: docs/uninstall.md says where."
  exit 0
fi

# Fetches the address $1 into the file $2.
fetch() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 3 -o "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -q -O "$2" "$1"
  else
    fail 'this needs curl or wget'
  fi || fail "cannot fetch $1; nothing was changed"
}

if [ -z "$archives" ]; then
  newer=$(mktemp)
  trap 'rm -f "$newer"' EXIT
  fetch "$newest/install.sh" "$newer"
  sh "$newer" --prefix "$prefix"
  exit
fi

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "there is no jkocr for $(uname -s); it runs on Linux and macOS" ;;
esac
case $(uname -m) in
  x86_64 | amd64) processor=x86_64 ;;
  aarch64 | arm64) processor=aarch64 ;;
  *) fail "there is no jkocr for $(uname -m); it runs on x86_64 and aarch64" ;;
esac
# A shell that Rosetta translates says x86_64.
if [ "$system" = macos ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then processor=aarch64; fi
if [ "$system" = linux ]; then
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || :)
  case $libc in
    'glibc 2.'[0-9] | 'glibc 2.1'[0-9] | 'glibc 2.2'[0-7]) fail "jkocr needs glibc 2.28 or newer, and this is $libc" ;;
    'glibc '*) ;;
    *) fail 'jkocr needs glibc 2.28 or newer, and this system has another C library' ;;
  esac
fi

archive=jkocr-$version-$processor-$system.tar.gz
expected=$(printf '%s\n' "$archives" | sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p")
[ -n "$expected" ] || fail "this installer knows no digest of $archive"

mkdir -p "$prefix/bin" 2>/dev/null || fail "cannot write to $prefix; choose another folder with --prefix DIR"
# On the disk of the target, so that renaming is all it takes in the end.
work=$(mktemp -d "$prefix/.jkocr-install.XXXXXX" 2>/dev/null) ||
  fail "cannot write to $prefix; choose another folder with --prefix DIR"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "fetching $base/$archive"
fetch "$base/$archive" "$work/archive"
if command -v sha256sum >/dev/null; then
  found=$(sha256sum "$work/archive")
else
  found=$(shasum -a 256 "$work/archive")
fi
found=${found%% *}
[ "$found" = "$expected" ] ||
  fail "$archive is damaged or was changed on its way: its SHA-256 is $found, not $expected; nothing was changed"

tar -xzf "$work/archive" -C "$work" || fail 'the archive cannot be unpacked; nothing was changed'
unpacked=$work/${archive%.tar.gz}
printf 'installer\n' >"$unpacked/lib/jkocr/package"
(cd "$unpacked" && find . -type f | sed 's|^\./||' | LC_ALL=C sort && echo lib/jkocr/files) >"$work/files"
mv "$work/files" "$unpacked/lib/jkocr/files"
"$unpacked/bin/jkocr" --version >/dev/null || fail 'the program does not run on this machine; nothing was changed'

# By renaming: a jkocr that runs keeps the file it was started from, and macOS ends a program that is written over. The
# program comes last, after what it looks for beside itself; the list first, so that --remove finds whatever is there.
if [ -f "$list" ]; then cp "$list" "$work/before"; fi
put() {
  { mkdir -p "$prefix/$(dirname "$1")" && mv -f "$unpacked/$1" "$prefix/$1"; } || fail "cannot write $prefix/$1"
}
cp "$unpacked/lib/jkocr/files" "$work/files"
put lib/jkocr/files
grep -vxF -e bin/jkocr -e lib/jkocr/files "$work/files" | while IFS= read -r file; do put "$file"; done || exit 1
put bin/jkocr
if [ -f "$work/before" ]; then take_away "$work/before" "$work/files"; fi

say "jkocr $version is installed: $prefix/bin/jkocr"
case :$PATH: in
  *":$prefix/bin:"*) ;;
  *) say "$prefix/bin is not on your PATH yet; for this shell: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
say "To undo this: sh $prefix/lib/jkocr/install.sh --remove"
if [ -f "$work/before" ]; then say "A jkocr that runs goes on with the old program: start it anew with jkocr up"; fi
