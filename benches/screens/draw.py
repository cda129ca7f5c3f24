"""draw.py FOLDER [SEED]: draws the pages of pages.py, or those that `$PAGES` names; leaves NAME.png and NAME.json, the lines with their boxes in
pixels. Needs Debian's chromium, man-db, manpages-zh, manpages-ja, iso-codes and the fonts that pages.py names."""

import json
import os
import pathlib
import sys

from browser import Browser
from pages import pages

DRAWN = (pathlib.Path(__file__).parent / "drawn.js").read_text()


def in_pixels(lines, scale):
    return [{"box": [scale * line[side] for side in ("left", "top", "right", "bottom")], "text": line["text"]} for line in lines]


def main(folder, seed="23"):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = os.environ.get("PAGES", "").split()
    with Browser() as browser:
        for page in (page for page in pages(int(seed)) if not wanted or page["name"] in wanted):
            browser.show(page["html"], *page["size"], page["scale"])
            found = browser.evaluate(DRAWN)
            drawn = {kind: in_pixels(found[kind], page["scale"]) for kind in ("lines", "cut")}
            (folder / f"{page['name']}.png").write_bytes(browser.picture())
            (folder / f"{page['name']}.json").write_text(json.dumps(drawn, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
