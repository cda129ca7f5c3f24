"""Writes text stubs of Apple's frameworks, which is all a linker needs of them: `frameworks.py FOLDER`.

A stub lists the symbols that the crate of a framework declares. Which of them exist on a Mac is for the crate to know;
the program binds only those it uses, by the name under which macOS keeps the framework.
"""

import json
import pathlib
import re
import subprocess
import sys

CRATES = {
    "core-foundation-sys": "CoreFoundation",
    "security-framework-sys": "Security",
    "system-configuration-sys": "SystemConfiguration",
}
TARGETS = "[ x86_64-macos, arm64-macos ]"
FOREIGN = re.compile(r'extern "C" \{(.*?)^\s*\}', re.DOTALL | re.MULTILINE)
NAME = re.compile(r"^\s*pub (?:fn|static)\s+(?:mut\s+)?(\w+)", re.MULTILINE)


def symbols(crate: pathlib.Path) -> list[str]:
    """The names of what `crate` says is defined elsewhere, sorted."""
    names = set()
    for source in crate.rglob("*.rs"):
        for block in FOREIGN.findall(source.read_text()):
            names.update(NAME.findall(block))
    return sorted(names)


def stub(framework: str, names: list[str]) -> str:
    """The stub of `framework`, as TAPI's version 4 has it."""
    return f"""--- !tapi-tbd
tbd-version:     4
targets:         {TARGETS}
install-name:    '/System/Library/Frameworks/{framework}.framework/Versions/A/{framework}'
exports:
  - targets:     {TARGETS}
    symbols:     [ {", ".join("_" + name for name in names)} ]
...
"""


def main(folder: pathlib.Path) -> None:
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--locked", "--format-version", "1"]))
    for package in metadata["packages"]:
        if framework := CRATES.get(package["name"]):
            names = symbols(pathlib.Path(package["manifest_path"]).parent / "src")
            if not names:
                sys.exit(f"frameworks.py: {package['name']} {package['version']} declares nothing that could be found")
            place = folder / f"{framework}.framework"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{framework}.tbd").write_text(stub(framework, names))


main(pathlib.Path(sys.argv[1]))
