"""Pages as people have them on their screens, with texts that nobody wrote for this: Debian's Chinese and Japanese
manual pages, the countries of iso-codes, Python's own sources. A seed decides which."""

import gettext
import html
import json
import keyword
import os
import random
import re
import subprocess
import sysconfig
from glob import glob

HAN = "\u4e00-\u9fff"
CHINESE, TAIWAN, JAPANESE = "Noto Sans CJK SC", "Noto Sans CJK TC", "Noto Sans CJK JP"
LIGHT = ("#ffffff", "#222222")
DARK = ("#1e1e1e", "#d4d4d4")


def paragraphs(chance, pattern, wanted, suits, lengths=(30, 180)):
    """So many paragraphs of manual pages, each on one line."""
    found, files = [], sorted(glob(f"/usr/share/man/{pattern}"))
    chance.shuffle(files)
    for file in files:
        command = ["man", "-E", "UTF-8", "-l", file]
        shown = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"MANWIDTH": "400", "LC_ALL": "C.UTF-8"})
        for part in re.split(r"\n\s*\n", re.sub(".\b", "", shown.stdout)):
            part = re.sub(r"\s+", " ", part).strip()
            if lengths[0] <= len(part) <= lengths[1] and not re.search("[\ufffd\u2500-\u257f]", part) and suits(part):
                found.append(part)
        if len(found) >= 3 * wanted:
            break
    chance.shuffle(found)
    return found[:wanted]


def share(characters, text):
    return len(re.findall(f"[{characters}]", text)) / len(text)


class Texts:
    """What pages are filled with."""

    def __init__(self, seed):
        chance = self.chance = random.Random(seed)
        self.chinese = paragraphs(chance, "zh_CN/man*/*.gz", 40, lambda text: share(HAN, text) > 0.5)
        mixed = lambda text: 0.25 < share(HAN, text) < 0.7 and re.search("[A-Za-z]{3}", text)
        self.mixed = paragraphs(chance, "zh_CN/man*/*.gz", 24, mixed)
        self.taiwan = paragraphs(chance, "zh_TW/man*/*.gz", 8, lambda text: share(HAN, text) > 0.5)
        self.japanese = paragraphs(chance, "ja/man*/*.gz", 16, lambda text: share(HAN + "\u3040-\u30ff", text) > 0.5)
        self.english = paragraphs(chance, "man1/*.gz", 16, lambda text: text.isascii() and share("a-z ", text) > 0.85, (80, 400))
        with open("/usr/share/iso-codes/json/iso_3166-1.json", encoding="utf-8") as file:
            self.countries = json.load(file)["3166-1"]
        chance.shuffle(self.countries)
        self.in_chinese = gettext.translation("iso_3166-1", "/usr/share/locale", ["zh_CN"]).gettext


def element(tag, text, style=""):
    return f'<{tag} data-text style="{style}">{html.escape(text)}</{tag}>'


def article(texts):
    return "".join(element("p", text) for text in texts)


def code(source, first, count):
    """Lines of a program as an editor shows them: keywords and comments in colours, a number before each."""
    rows = []
    for number, line in enumerate(source[first : first + count], first + 1):
        shown = html.escape(line)
        if line.lstrip().startswith("#"):
            shown = f'<span style="color:#6a9955">{shown}</span>'
        else:
            words = "|".join(keyword.kwlist)
            shown = re.sub(rf"\b({words})\b", r'<b style="color:#c586c0">\1</b>', shown)
        rows.append(f'<div class=row><i data-text>{number}</i><span data-text>{shown or " "}</span></div>')
    return "".join(rows)


def table(rows):
    cells = lambda row: "".join(element("td", cell) for cell in row)
    return "<table>" + "".join(f"<tr>{cells(row)}</tr>" for row in rows) + "</table>"


def chat(texts):
    bubble = "max-width:70%;padding:9px 12px;border-radius:8px;margin:8px 0;width:fit-content;"
    side = lambda number: "margin-left:auto;background:#95ec69;color:#111" if number % 2 else "background:#fff;color:#111"
    return "".join(element("div", text, bubble + side(number)) for number, text in enumerate(texts))


def pages(seed):
    """Name, size in points, pixels a point, style and content of each page."""
    texts = Texts(seed)
    country = texts.countries
    with open(os.path.join(sysconfig.get_paths()["stdlib"], "calendar.py"), encoding="utf-8") as file:
        source = [line for line in file.read().split("\n") if len(line) < 80]
    start = texts.chance.randrange(len(source) - 30)

    def page(name, size, scale, font, colours, body, more=""):
        ground, ink = colours
        style = f"body{{margin:0;padding:16px;overflow:hidden;background:{ground};color:{ink};font:{font}}}{more}"
        content = f"<!doctype html><meta charset=utf-8><style>*{{box-sizing:border-box}}{style}</style>{body}"
        return {"name": name, "size": size, "scale": scale, "html": content}

    mono = ".row{white-space:pre}.row i{display:inline-block;width:48px;color:#888;font-style:normal;user-select:none}"
    cells = "table{border-collapse:collapse}td{border:1px solid #8884;padding:6px 12px}"
    listing = [(c["alpha_2"], c["alpha_3"], c["numeric"], c["name"], texts.in_chinese(c["name"])) for c in country[:15]]
    numbers = [(texts.in_chinese(c["name"]), f"{texts.chance.randrange(10**7):,}", f"{texts.chance.uniform(-9, 9):+.2f}%")
               for c in country[15:32]]
    inter = f"Inter,'{CHINESE}'"
    return [
        page("chinese", (720, 560), 2, f"15px/1.7 '{CHINESE}'", LIGHT, article(texts.chinese[:6])),
        page("chinese-dark", (720, 560), 2, f"14px/1.6 '{CHINESE}'", DARK, article(texts.chinese[6:13])),
        page("chinese-small", (640, 420), 1, f"13px/1.5 '{CHINESE}'", LIGHT, article(texts.chinese[13:19])),
        page("serif", (640, 440), 2, "14px/1.6 'Noto Serif CJK SC'", ("#f6f1e4", "#40382c"), article(texts.chinese[19:25])),
        page("faint", (640, 360), 2, f"13px/1.7 '{CHINESE}'", ("#fafafa", "#b5b5b5"), article(texts.chinese[25:30])),
        page("mixed", (720, 520), 2, f"14px/1.65 {inter}", LIGHT, article(texts.mixed[:7])),
        page("mixed-dark", (680, 520), 2, f"13px/1.6 {inter}", DARK, article(texts.mixed[7:14])),
        page("mixed-small", (760, 480), 1, f"14px/1.6 {inter}", LIGHT, article(texts.mixed[14:20])),
        page("justified", (560, 480), 2, f"15px/1.7 '{CHINESE}'", LIGHT, article(texts.mixed[18:24]), "p{text-align:justify}"),
        page("set-wide", (720, 400), 2, f"15px/1.7 '{CHINESE}'", LIGHT, article(texts.chinese[30:33]), "p{letter-spacing:.2em}"),
        page("taiwan", (680, 460), 2, f"15px/1.7 '{TAIWAN}'", LIGHT, article(texts.taiwan[:6])),
        page("japanese", (700, 480), 2, f"15px/1.7 '{JAPANESE}'", LIGHT, article(texts.japanese[:7])),
        page("japanese-dark", (700, 460), 1, f"14px/1.6 '{JAPANESE}'", DARK, article(texts.japanese[7:13])),
        page("english", (720, 560), 2, "15px/1.6 Inter", LIGHT, article(texts.english[:5])),
        page("english-small", (720, 480), 1, "14px/1.5 'Liberation Serif'", LIGHT, article(texts.english[5:9])),
        page("columns", (1000, 620), 2, f"13px/1.6 {inter}", LIGHT, f"<div>{article(texts.chinese[10:20])}</div>", "div{columns:2;column-gap:40px}"),
        page("code", (820, 600), 2, "13px/19px 'JetBrains Mono'", LIGHT, code(source, start, 28), mono),
        page("code-dark", (820, 600), 1, "13px/19px 'DejaVu Sans Mono'", DARK, code(source, start, 28), mono),
        page("table", (860, 620), 2, f"13px {inter}", LIGHT, table(listing), cells),
        page("table-dark", (640, 640), 1, f"13px {inter}", DARK, table(numbers), cells + "td:nth-child(n+2){text-align:right}"),
        page("chat", (420, 720), 2, f"15px/1.4 '{CHINESE}'", ("#ededed", "#111"), chat([text[:40] for text in texts.chinese[30:40]])),
        page("screen", (1512, 982), 2, f"14px/1.6 {inter}", LIGHT, f"<main><div>{article(texts.mixed[:12])}</div><div>{article(texts.english[9:13])}</div></main>", "main{display:grid;grid-template-columns:1fr 480px;gap:32px}"),
        page("screen-large", (2560, 1440), 1, f"14px/1.6 {inter}", DARK, f"<main><div>{article(texts.chinese[:20])}</div><div>{article(texts.english[:9])}</div></main>", "main{display:grid;grid-template-columns:1fr 900px;gap:32px}"),
    ]
