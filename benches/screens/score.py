"""score.py DRAWN READ…: compares what engines read (READ/NAME.json: `[[left, top, right, bottom], text]` for each line)
with what was drawn (DRAWN/NAME.json). Prints for each READ: wrong characters in 100 drawn ones, without and with spaces;
of the spaces beside Han and kana how many were found, and of all how many were invented; lines missed; and its worst
pages. Then the same as a table in Markdown, with the seconds and the memory that readers.py left in READ.json, and the
pages on which jkocr got more wrong than another engine, with both counts."""

import glob
import json
import os
import re
import sys
import unicodedata

QUOTES = str.maketrans("’‘“”—–−", "''\"\"---")
HAN = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff]")


def plain(text):
    """One way to write what looks alike."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(QUOTES).split())


def edits(one, other):
    """The table of edit distances between all beginnings."""
    table = [list(range(len(other) + 1))]
    for row, a in enumerate(one, 1):
        above, line = table[-1], [row]
        for column, b in enumerate(other, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (a != b)))
        table.append(line)
    return table


def pairs(read, drawn, table):
    """Which characters stand for each other."""
    row, column, found = len(read), len(drawn), {}
    while row and column:
        if table[row][column] == table[row - 1][column - 1] + (read[row - 1] != drawn[column - 1]):
            row, column = row - 1, column - 1
            found[row] = column
        elif table[row][column] == table[row - 1][column] + 1:
            row -= 1
        else:
            column -= 1
    return found


def overlap(one, other):
    """The parts of the smaller one's width and height that two boxes share."""
    shares = []
    for low, high in ((0, 2), (1, 3)):
        least = max(1, min(one[high] - one[low], other[high] - other[low]))
        shares.append((min(one[high], other[high]) - max(one[low], other[low])) / least)
    return shares


def groups(drawn, read):
    """Lines that share boxes, as two lists of places each: an engine may cut lines otherwise than they were drawn."""
    meets = [[min(overlap(line["box"], box)) > 0.3 for box, _ in read] for line in drawn]
    left, done = set(range(len(drawn))), set()
    for first in range(len(drawn)):
        if first not in left:
            continue
        lines, boxes, new = {first}, set(), {first}
        while new:
            boxes |= (more := {b for a in new for b in range(len(read)) if meets[a][b]} - boxes)
            new = {a for b in more for a in left if meets[a][b]} - lines
            lines |= new
        left -= lines
        done |= boxes
        yield sorted(lines), sorted(boxes)
    for other in set(range(len(read))) - done:
        yield [], [other]


def in_rows(parts):
    """Texts of boxes from top to bottom and from left to right."""
    rows = []
    for box, text in sorted(parts, key=lambda part: part[0][1] + part[0][3]):
        if rows and (box[1] + box[3]) / 2 < rows[-1][0][0][3]:
            rows[-1].append((box, text))
        else:
            rows.append([(box, text)])
    return " ".join(text for row in rows for _, text in sorted(row))


def spaces(read, drawn, found):
    """[beside Han, of these found, all, invented]"""
    counts = [0, 0, 0, 0]
    flags = lambda text: [(text[at], at > 0 and text[at - 1] == " ") for at in range(len(text)) if text[at] != " "]
    read, drawn = flags(read), flags(drawn)
    for at in range(1, len(read)):
        here, before = found.get(at), found.get(at - 1)
        if here is None or before != here - 1:
            continue
        is_han = HAN.match(drawn[here][0]) or HAN.match(drawn[before][0])
        if drawn[here][1]:
            counts[2] += 1
            if is_han:
                counts[0] += 1
                counts[1] += read[at][1]
        else:
            counts[3] += read[at][1]
    return counts


def score(drawn, read):
    """Sums for one page: wrong, drawn, wrong with spaces, drawn with spaces, missed lines, and what spaces() counts."""
    sums = [0] * 9
    for lines, boxes in groups(drawn["lines"], read):
        is_cut = any(min(overlap(line["box"], read[box][0])) > 0.1 for line in drawn["cut"] for box in boxes)
        if is_cut:
            continue
        wanted = plain(in_rows([(drawn["lines"][line]["box"], drawn["lines"][line]["text"]) for line in lines]))
        got = plain(in_rows([tuple(read[box]) for box in boxes]))
        solid = got.replace(" ", ""), wanted.replace(" ", "")
        table = edits(*solid)
        sums[0] += table[-1][-1]
        sums[1] += len(solid[1])
        sums[2] += edits(got, wanted)[-1][-1]
        sums[3] += len(wanted)
        sums[4] += len(lines) if lines and not solid[0] else 0
        for place, count in enumerate(spaces(got, wanted, pairs(*solid, table)), 5):
            sums[place] += count
    return sums


def per_cent(part, whole):
    return f"{100 * part / whole:.2f} %" if whole else "-"


def report(name, pages):
    total = [sum(column) for column in zip(*pages.values())]
    wrong, drawn, wrong_with, drawn_with, missed, beside, found, all_spaces, invented = total
    print(f"{name:<28} CER {per_cent(wrong, drawn)}, with spaces {per_cent(wrong_with, drawn_with)}; spaces beside Han found "
          f"{per_cent(found, beside)}, invented {per_cent(invented, all_spaces)}; {missed} lines missed")
    worst = sorted(pages.items(), key=lambda page: -page[1][2] / max(1, page[1][3]))[:3]
    print(" " * 28, "worst:", ", ".join(f"{page} {per_cent(sums[2], sums[3])}" for page, sums in worst))


HEADS = ["", "seconds", "CER", "with spaces", "spaces found", "invented", "lines missed", "memory"]


def row(name, pages, took):
    """A row of the table: name, seconds, and what report() prints."""
    wrong, drawn, wrong_with, drawn_with, missed, beside, found, all_spaces, invented = [sum(column) for column in zip(*pages.values())]
    rates = [per_cent(wrong, drawn), per_cent(wrong_with, drawn_with), per_cent(found, beside), per_cent(invented, all_spaces)]
    return [name, f"{sum(took['seconds'].values()):.1f}", *rates, str(missed), f"{took['memory']:.0f} MB"]


def table(engines):
    """`engines`: for each name its pages' sums and what it took."""
    lines = [HEADS, ["---"] * len(HEADS), *(row(name, *engine) for name, engine in engines.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def worse(engines):
    """The pages on which the best of jkocr's sets got more characters wrong than another engine did, without and with
    spaces."""
    ours = [pages for name, (pages, _) in engines.items() if name.startswith("jkocr")]
    lines = []
    for name, (theirs, _) in engines.items():
        if name.startswith("jkocr") or not ours:
            continue
        for what, place in (("", 0), (", spaces counted", 2)):
            best = {page: min(pages[page][place] for pages in ours) for page in theirs}
            more = [f"{page} ({best[page]}, {sums[place]})" for page, sums in theirs.items() if best[page] > sums[place]]
            lines.append(f"More characters wrong than {name}{what}: {', '.join(more) or 'on no page'}.")
    return "\n".join(lines)


def load(file):
    with open(file, encoding="utf-8") as opened:
        return json.load(opened)


def main(drawn, *engines):
    names = sorted(os.path.basename(file)[:-5] for file in glob.glob(f"{drawn}/*.json"))
    scored = {}
    for engine in engines:
        pages = {name: score(load(f"{drawn}/{name}.json"), load(f"{engine}/{name}.json")) for name in names}
        report(os.path.basename(engine), pages)
        scored[os.path.basename(engine)] = (pages, load(f"{engine}.json"))
    print(f"\n{table(scored)}\n\n{worse(scored)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
