#!/usr/bin/env bash
# Makes a container image of jkocr for both processors: `packaging/image.sh [x86_64|aarch64…]`; without one, both. Each
# goes into target/packages/jkocr-VERSION-ARCH-linux.oci.tar, an OCI archive (`podman load -i`, `skopeo copy oci-archive:…`).
#
# In it: the program that packaging/build.sh made, the ONNX Runtime, v5-mobile as it is and folded, of Debian what these
# are linked to and busybox, and a user of its own. Nothing is fetched from a registry of images: the files come from
# Debian's packages, whose signatures debootstrap checks.
#
#   DEBIAN_MIRROR   where from (default: http://deb.debian.org/debian)
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/packaging/image packages=$PWD/target/packages
suite=trixie mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
# What is unpacked, and nothing of it configured.
contents=(base-files busybox-static libc6 libgcc-s1 libstdc++6 netbase)

architectures=("$@")
[ $# -gt 0 ] || architectures=(x86_64 aarch64)

missing=()
for tool in buildah debootstrap python3; do
  command -v "$tool" >/dev/null || missing+=("$tool: apt install $tool")
done
for arch in "${architectures[@]}"; do
  [ "$arch" = "$(uname -m)" ] && continue
  command -v "qemu-$arch-static" >/dev/null || missing+=("qemu-$arch-static: apt install qemu-user-static")
  command -v proot >/dev/null || missing+=("proot: apt install proot")
done
[ "$(id -u)" -eq 0 ] || missing+=("root: debootstrap makes device files, buildah mounts")
version=$(sed -n '/^\[package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
for arch in "${architectures[@]}"; do
  [ -x "$packages/jkocr-$version-$arch-linux" ] || missing+=("$packages/jkocr-$version-$arch-linux: packaging/build.sh $arch-unknown-linux-gnu")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "$0: this is missing:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi

mkdir -p "$work"
# No file system of its own is needed, and no daemon.
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=oci
storage=(--root "$work/storage" --runroot "$work/run")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

# inside ARCH ROOT COMMAND…: a program in the image-to-be, which may be for another processor, with the home of the image.
inside() {
  local arch=$1 root=$2
  shift 2
  local certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  local variables=(JKOCR_HOME=/var/lib/jkocr "PIP_INDEX_URL=${PIP_INDEX_URL:-}" SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt)
  if [ "$arch" = "$(uname -m)" ]; then
    mkdir -p "$root/etc/ssl/certs"
    cp /etc/resolv.conf "$root/etc/"
    cp "$certificates" "$root/etc/ssl/certs/ca-certificates.crt"
    mkdir -p "$root/proc" "$root/dev"
    # With a /proc and a /dev, which go with their namespace.
    # shellcheck disable=SC2016
    env "${variables[@]}" \
      unshare --mount bash -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"' "$root" "$@"
    rm -r "$root/etc/ssl" "$root/etc/resolv.conf"
  else
    # Its home has one path within and without: proot does not translate `statx`.
    env "${variables[@]}" JKOCR_HOME="$root/var/lib/jkocr" \
      proot -q "qemu-$arch-static" -r "$root" -b /etc/resolv.conf -b /proc -b /dev -b "$root/var/lib/jkocr" \
      -b "$certificates:/etc/ssl/certs/ca-certificates.crt" -w / "$@"
    # Where that was bound to.
    rm -rf "${root:?}/${PWD#/}"
  fi
}

for arch in "${architectures[@]}"; do
  case $arch in
    x86_64) debian=amd64 ;;
    aarch64) debian=arm64 ;;
    *) echo "$0: there is no jkocr for $arch" >&2; exit 2 ;;
  esac
  base=$work/$debian root=$work/$debian-root
  # Fetched and checked, not configured: that would need an emulator.
  [ -d "$base/var/cache/apt/archives" ] || debootstrap --foreign --variant=minbase --include=busybox-static,netbase \
    --arch="$debian" "$suite" "$base" "$mirror"
  rm -rf "$root"
  mkdir -p "$root"
  for package in "${contents[@]}"; do
    dpkg-deb --extract "$base"/var/cache/apt/archives/"$package"_*.deb "$root"
  done
  rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,bash-completion,initramfs-tools,base-files} "$root"/usr/lib/*/gconv "${root:?}"/boot "${root:?}"/home
  # Some of Debian's packages still have files in folders that are links now.
  for folder in bin sbin lib lib64; do
    if [ -d "$root/$folder" ] && [ ! -L "$root/$folder" ]; then
      mkdir -p "$root/usr/$folder"
      cp -a "$root/$folder/." "$root/usr/$folder/"
      rm -rf "${root:?}/$folder"
    fi
    [ -e "$root/usr/$folder" ] && ln -sfn "usr/$folder" "$root/$folder"
  done
  for name in sh wget; do ln -sf busybox "$root/usr/bin/$name"; done
  install -d -m 1777 "$root/tmp"
  install -d "$root/usr/lib/jkocr" "$root/var/lib/jkocr"
  echo image >"$root/usr/lib/jkocr/package"
  printf 'root:x:0:0:root:/root:/bin/false\njkocr:x:10001:10001:jkocr:/var/lib/jkocr:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\njkocr:x:10001:\n' >"$root/etc/group"
  install -m 755 "$packages/jkocr-$version-$arch-linux" "$root/usr/bin/jkocr"

  # The program of that processor fetches what is for it, and folds it at its first read.
  home=$root/var/lib/jkocr
  inside "$arch" "$root" /usr/bin/jkocr models pull onnxruntime v5-mobile
  read=$(inside "$arch" "$root" /usr/bin/jkocr --quiet ocr - <tests/data/word_ok.png)
  [ "$read" = OK ] || { echo "$0: jkocr for $arch reads \"$read\" in word_ok.png" >&2; exit 1; }
  rm -rf "$home/state"
  chmod -R u=rwX,go= "$home"

  container=$(buildah "${storage[@]}" from --arch "$debian" scratch)
  # What is copied belongs to root if nothing else is said.
  rm -rf "${work:?}/home"
  mv "$home" "$work/home"
  buildah "${storage[@]}" copy --quiet "$container" "$root" /
  buildah "${storage[@]}" copy --quiet --chown 10001:10001 "$container" "$work/home" /var/lib/jkocr
  buildah "${storage[@]}" config --arch "$debian" --os linux --user 10001:10001 --workingdir / \
    --env JKOCR_HOME=/var/lib/jkocr --env JKOCR_OFFLINE=1 --env LANG=C.UTF-8 --env PATH=/usr/bin \
    --entrypoint '["/usr/bin/jkocr"]' --cmd serve --port 8080 --stop-signal SIGTERM \
    --label org.opencontainers.image.title=jkocr --label "org.opencontainers.image.version=$version" \
    --label org.opencontainers.image.licenses=Apache-2.0 "$container"
  archive=$packages/jkocr-$version-$arch-linux.oci.tar
  rm -f "$archive"
  buildah "${storage[@]}" commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "oci-archive:$archive:jkocr:$version"
  # Out of the archive, as its user, with nothing to fetch: as whoever runs it has it.
  if [ "$arch" = "$(uname -m)" ]; then
    container=$(buildah "${storage[@]}" from --quiet "oci-archive:$archive")
    read=$(buildah "${storage[@]}" run --volume "$PWD/tests/data/word_ok.png:/tmp/word_ok.png:ro" "$container" -- \
      /usr/bin/jkocr --quiet ocr /tmp/word_ok.png)
    buildah "${storage[@]}" rm "$container" >/dev/null
    [ "$read" = OK ] || { echo "$0: the image for $arch reads \"$read\" in word_ok.png" >&2; exit 1; }
    echo "the image for $arch reads word_ok"
  fi
  ls -l "$archive"
done
