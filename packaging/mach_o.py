"""Looks at programs for a Mac, where none is: `mach_o.py FILE…`. Exits with 1 when one is not as it should be.

The structures of a signature are those of Apple's `cs_blobs.h` (xnu, osfmk/kern).
"""

import hashlib
import pathlib
import struct
import sys

import lief

SYSTEM = tuple(f"/usr/lib/{name}.dylib" for name in ("libSystem.B", "libcharset.1", "libiconv.2", "libobjc.A"))
FRAMEWORKS = "/System/Library/Frameworks/"
MINIMUM = [13, 0, 0]
SUPER_BLOB, CODE_DIRECTORY = 0xFADE0CC0, 0xFADE0C02
ADHOC, RUNTIME = 0x2, 0x10000
SHA256 = 2


def pages_wrong(binary: lief.MachO.Binary, image: bytes) -> tuple[int, int, int]:
    """The flags of the code directory, its number of pages, and how many of these have another hash."""
    blob = bytes(binary.code_signature.content)
    magic, _, count = struct.unpack_from(">3I", blob)
    assert magic == SUPER_BLOB, hex(magic)
    for slot in range(count):
        _, at = struct.unpack_from(">2I", blob, 12 + 8 * slot)
        fields = struct.unpack_from(">9I4B", blob, at)
        magic, _, _, flags, hashes, _, _, pages, limit, size, kind, _, page_bits = fields
        if magic != CODE_DIRECTORY:
            continue
        assert (kind, size) == (SHA256, 32), "a hash that is no SHA-256"
        page, wrong = 1 << page_bits, 0
        for number in range(pages):
            part = image[number * page : min((number + 1) * page, limit)]
            wrong += hashlib.sha256(part).digest() != blob[at + hashes + 32 * number : at + hashes + 32 * (number + 1)]
        assert pages == -(-limit // page), "pages without a hash"
        return flags, pages, wrong
    raise AssertionError("a signature without a code directory")


def problems(path: str) -> list[str]:
    """What is wrong with the program at `path`."""
    found = []
    image = open(path, "rb").read()
    binary = lief.MachO.parse(path).at(0)
    arm = binary.header.cpu_type == lief.MachO.Header.CPU_TYPE.ARM64
    if arm != ("aarch64" in path):
        found.append(f"it is for {binary.header.cpu_type}")
    minimum = list(binary.build_version.minos if binary.build_version else binary.version_min.version)
    if minimum != MINIMUM:
        found.append(f"it wants macOS {minimum}")
    libraries = [library.name for library in binary.libraries]
    for library in libraries:
        name = library.removeprefix(FRAMEWORKS).split(".")[0]
        if library not in SYSTEM and library != f"{FRAMEWORKS}{name}.framework/Versions/A/{name}":
            found.append(f"it is linked to {library}")
    if binary.has_rpath:
        found.append("it looks for libraries in folders of its own")
    for word in (b".tbd", b"/target/packaging", b"/.cargo/registry"):
        if word in image:
            found.append(f"{word.decode()} of the machine that built it is in it")
    signature = "no signature, which Macs with an Intel processor do not ask for"
    if binary.has_code_signature:
        flags, pages, wrong = pages_wrong(binary, image)
        signature = f"signed ad hoc, {pages} pages"
        if not flags & ADHOC:
            found.append(f"its signature is not ad hoc (flags {flags:#x})")
        if flags & RUNTIME:
            found.append("the hardened runtime would keep it from loading the ONNX Runtime")
        if wrong:
            found.append(f"{wrong} of {pages} pages have another hash than the signature says")
    elif arm:
        found.append("it is not signed, and no Mac with Apple silicon starts it")
    names = ", ".join(library.rsplit("/", 1)[1] for library in libraries)
    print(f"{pathlib.Path(path).name}: {'arm64' if arm else 'x86_64'}, macOS {minimum[0]}.{minimum[1]}, {signature}; {names}")
    return found


wrong = {path: problems(path) for path in sys.argv[1:]}
for path, said in wrong.items():
    for problem in said:
        print(f"{path}: {problem}", file=sys.stderr)
sys.exit(1 if any(wrong.values()) else 0)
