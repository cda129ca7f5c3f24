"""Packs files so that the same files give the same bytes: `pack.py tar OUT FOLDER` and `pack.py zst OUT FILE`.

The time of everything in an archive is `SOURCE_DATE_EPOCH`, its owner is nobody in particular.
"""

import gzip
import os
import pathlib
import sys
import tarfile

import zstandard

EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])


def tar(out: pathlib.Path, folder: pathlib.Path) -> None:
    """Packs `folder` with its own name into the .tar.gz `out`."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = EPOCH
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        out.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=EPOCH) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in [folder, *sorted(folder.rglob("*"))]:
            archive.add(path, arcname=path.relative_to(folder.parent), recursive=False, filter=plain)


def zst(out: pathlib.Path, file: pathlib.Path) -> None:
    """Packs `file` into `out`; its length and a checksum are in the frame."""
    packer = zstandard.ZstdCompressor(level=19, write_checksum=True)
    out.write_bytes(packer.compress(file.read_bytes()))


{"tar": tar, "zst": zst}[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
