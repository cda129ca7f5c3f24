#!/usr/bin/env python3
"""Records what OpenCV, pyclipper and the code of PaddleX around them answer, for the unit tests of src/ocr.

    pip install opencv-contrib-python-headless==4.10.0.84 pyclipper==1.4.0
    python tests/data/opencv/record.py                       # the answers in this folder
    python tests/data/opencv/record.py --cases 3000 --large /tmp/more
    JKOCR_TEST_VECTORS=/tmp/more cargo test --lib ocr::      # many more of them, once
"""
import argparse, json, math, os, random, zlib

import cv2
import numpy as np
import pyclipper


def noise(seed, size):
    """Bytes that the tests can make again: see `noise` in src/ocr/opencv/recordings.rs."""
    v = np.arange(size, dtype=np.uint64) + np.uint64(seed * 7919)
    v = v * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)
    v = (v ^ v >> np.uint64(15)) * np.uint64(2246822519) & np.uint64(0xFFFFFFFF)
    return (v >> np.uint64(24)).astype(np.uint8)


def noise_image(seed, width, height):
    return noise(seed, width * height * 3).reshape(height, width, 3)


def mini_box(points):
    """get_mini_boxes of PaddleX 3.4.1 (models/text_detection/processors.py)."""
    rect = cv2.minAreaRect(points)
    p = sorted(list(cv2.boxPoints(rect)), key=lambda x: x[0])
    a, d = (0, 1) if p[1][1] > p[0][1] else (1, 0)
    b, c = (2, 3) if p[3][1] > p[2][1] else (3, 2)
    return np.array([p[a], p[b], p[c], p[d]]), min(rect[1])


def score(bitmap, quad):
    """box_score_fast, ibid."""
    h, w = bitmap.shape[:2]
    box = quad.copy()
    xmin = max(0, min(math.floor(box[:, 0].min()), w - 1))
    xmax = max(0, min(math.ceil(box[:, 0].max()), w - 1))
    ymin = max(0, min(math.floor(box[:, 1].min()), h - 1))
    ymax = max(0, min(math.ceil(box[:, 1].max()), h - 1))
    mask = np.zeros((ymax - ymin + 1, xmax - xmin + 1), dtype=np.uint8)
    box[:, 0] -= xmin
    box[:, 1] -= ymin
    cv2.fillPoly(mask, box.reshape(1, -1, 2).astype(np.int32), 1)
    return cv2.mean(bitmap[ymin : ymax + 1, xmin : xmax + 1], mask)[0]


def unclip(box, ratio):
    """unclip, ibid."""
    distance = cv2.contourArea(box) * ratio / cv2.arcLength(box, True)
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(box, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return np.array(offset.Execute(distance)[0])


def boxes(heat, page, thresh=0.3, box_thresh=0.6, ratio=1.5):
    """boxes_from_bitmap, ibid.; `page` is (width, height)."""
    found = []
    mask = (heat > thresh).astype(np.uint8) * 255
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = [np.float64(p) / s for p, s in zip(page, heat.shape[::-1])]
    for contour in contours[:1000]:
        points, side = mini_box(contour)
        if side < 3:
            continue
        mean = score(heat, points)
        if box_thresh > mean:
            continue
        box, side = mini_box(unclip(points, ratio).reshape(-1, 1, 2))
        if side < 5:
            continue
        quad = [[int(max(0, min(round(p[k] * scale[k]), page[k]))) for k in (0, 1)] for p in box]
        found.append({"quad": quad, "score": mean})
    return found


def crop(image, quad):
    """get_minarea_rect_crop and get_rotate_crop_image of PaddleX 3.4.1 (common/crop_image_regions.py)."""
    p, _ = mini_box(np.array(quad).astype(np.int32))
    w = int(max(np.linalg.norm(p[0] - p[1]), np.linalg.norm(p[2] - p[3])))
    h = int(max(np.linalg.norm(p[0] - p[3]), np.linalg.norm(p[1] - p[2])))
    to = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
    matrix = cv2.getPerspectiveTransform(p, to)
    out = cv2.warpPerspective(image, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    return np.rot90(out) if out.shape[0] * 1.0 / out.shape[1] >= 1.5 else out


def crc(image):
    return zlib.crc32(np.ascontiguousarray(image).tobytes())


def record_resize(rng, count, large):
    most = 700 if large else 90
    for i in range(count):
        w, h, tw, th = (rng.randint(1, most) for _ in range(4))
        if i % 5 == 0:
            w, h = 2 * tw, 2 * th
        elif i % 5 == 1:
            th = 48
        elif i % 5 == 2:
            tw = w
        yield {"seed": i, "from": [w, h], "to": [tw, th], "crc": crc(cv2.resize(noise_image(i, w, h), (tw, th)))}


def rotated_quad(rng, w, h):
    cx, cy = rng.uniform(0, w), rng.uniform(0, h)
    a, b = rng.uniform(1, w * 0.6), rng.uniform(1, h * 0.4)
    if rng.random() < 0.3:
        a, b = b, a
    t = rng.choice([0, 0, rng.uniform(-0.2, 0.2), rng.uniform(-3.2, 3.2)])
    c, s = math.cos(t), math.sin(t)
    corners = [(-a, -b), (a, -b), (a, b), (-a, b)]
    return [[cx + (x * c - y * s) / 2, cy + (x * s + y * c) / 2] for x, y in corners]


def record_crop(rng, count, large):
    most = 900 if large else 120
    for i in range(count):
        w, h = rng.randint(1, most), rng.randint(1, most)
        quad = [[min(max(round(x), 0), w), min(max(round(y), 0), h)] for x, y in rotated_quad(rng, w, h)]
        if i % 20 == 0:
            quad[2], quad[3] = quad[1], quad[0]
        out = crop(noise_image(i, w, h), quad)
        yield {"seed": i, "page": [w, h], "quad": quad, "size": [out.shape[1], out.shape[0]], "crc": crc(out)}


def cloud(rng, i, large):
    kind = i % 4
    if kind == 0:
        return [[rng.randint(0, 30), rng.randint(0, 20)] for _ in range(rng.randint(1, 12))]
    if kind == 1:
        return [[round(x), round(y)] for x, y in rotated_quad(rng, 400, 300)]
    if kind == 2:
        x, y, w, h = rng.randint(0, 50), rng.randint(0, 50), rng.randint(0, 60), rng.randint(0, 30)
        return [[x, y], [x, y + h], [x + w, y + h], [x + w, y]]
    n = rng.randint(8, 200 if large else 24)
    a, b, t = rng.uniform(2, 200), rng.uniform(2, 30), rng.uniform(-2, 2)
    spin = [2 * math.pi * k / n for k in range(n)]
    return [[round(300 + a * math.cos(s) * math.cos(t) - b * math.sin(s) * math.sin(t)),
             round(300 + a * math.cos(s) * math.sin(t) + b * math.sin(s) * math.cos(t))] for s in spin]


def record_rect(rng, count, large):
    for i in range(count):
        points = cloud(rng, i, large)
        corners, side = mini_box(np.array(points, dtype=np.int32))
        hull = cv2.convexHull(np.array(points, dtype=np.int32), clockwise=False).reshape(-1, 2)
        yield {"points": points, "hull": hull.tolist(), "corners": corners.tolist(), "short_side": side}


def record_unclip(rng, count, large):
    for i in range(count):
        points = [[round(x) + 400, round(y) + 400] for x, y in rotated_quad(rng, 300, 200)]
        box, side = mini_box(np.array(points, dtype=np.int32))
        if side < 3:
            continue
        ratio = rng.choice([1.5, 1.5, 2.0, 0.7, 1.4])
        grown, _ = mini_box(unclip(box, ratio).reshape(-1, 1, 2))
        yield {"corners": box.tolist(), "ratio": ratio, "grown": grown.tolist()}


def record_score(rng, count, large):
    for i in range(count):
        w, h = rng.randint(8, 60), rng.randint(8, 60)
        heat = noise(i, w * h).reshape(h, w).astype(np.float32) / np.float32(255)
        quad, side = mini_box(np.array(np.round(rotated_quad(rng, w * 1.2, h * 1.2)), dtype=np.int32))
        yield {"seed": i, "size": [w, h], "corners": quad.tolist(), "score": score(heat, quad)}


def heat_map(rng, i, large):
    w, h = (rng.randint(20, 200), rng.randint(20, 160)) if large else (48, 32)
    if i % 6 == 5:
        return (noise(i, w * h).reshape(h, w) > rng.randint(60, 220)).astype(np.uint8) * 255
    canvas = np.zeros((h, w), np.uint8)
    for _ in range(rng.randint(1, 8)):
        quad = np.array(np.round(rotated_quad(rng, w, h)), dtype=np.int32)
        cv2.fillPoly(canvas, quad.reshape(1, -1, 2), rng.choice([0, 140, 200, 255, 255]))
    return cv2.GaussianBlur(canvas, (3, 3), 0)


def record_heat_map(rng, count, large):
    for i in range(count):
        levels = heat_map(rng, i, large)
        h, w = levels.shape
        heat = levels.astype(np.float32) / np.float32(255)
        page = [w, h] if i % 3 else [rng.randint(1, 3 * w), rng.randint(1, 3 * h)]
        mask = (heat > 0.3).astype(np.uint8) * 255
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        yield {"size": [w, h], "page": page, "levels": levels.tobytes().hex(),
               "contours": [c.reshape(-1, 2).tolist() for c in contours], "found": boxes(heat, page)}


def record_input_size(rng, count, large):
    """resize_image_type0 of DetResizeForTest (models/text_detection/processors.py)."""
    for i in range(count):
        w, h = (int(10 ** rng.uniform(0, 3.9)) for _ in range(2))
        kind = ("min", "min", "max", "resize_long")[i % 4]
        limit = rng.choice([64, 64, 736, 960, 32, 5000])
        if kind == "max":
            ratio = limit / max(h, w) if max(h, w) > limit else 1.0
        elif kind == "min":
            ratio = limit / min(h, w) if min(h, w) < limit else 1.0
        else:
            ratio = limit / max(h, w)
        rh, rw = int(h * ratio), int(w * ratio)
        if max(rh, rw) > 4000:
            ratio = 4000 / max(rh, rw)
            rh, rw = int(rh * ratio), int(rw * ratio)
        rh, rw = (max(int(round(side / 32) * 32), 32) for side in (rh, rw))
        yield {"size": [w, h], "limit_type": kind, "limit_side_len": limit, "input": [rw, rh]}


def record_order(rng, count, large):
    """SortQuadBoxes (pipelines/components/common/sort_boxes.py); of a quad only the first corner counts."""
    for i in range(count):
        n = rng.randint(0, 60 if large else 12)
        corners = [[rng.randint(0, 100), rng.randint(0, 10 * n)] for _ in range(n)]
        boxes = sorted(corners, key=lambda c: (c[1], c[0]))
        for i in range(n - 1):
            for j in range(i, -1, -1):
                if abs(boxes[j + 1][1] - boxes[j][1]) < 10 and boxes[j + 1][0] < boxes[j][0]:
                    boxes[j], boxes[j + 1] = boxes[j + 1], boxes[j]
                else:
                    break
        yield {"corners": corners, "sorted": boxes}


def record_batch(rng, count, large):
    """OCRReisizeNormImg (models/text_recognition/processors.py): sizes of pieces, resized and padded width."""
    for i in range(count):
        w, h = int(10 ** rng.uniform(0, 4.1)), int(10 ** rng.uniform(0, 2))
        padded = int(48 * max(320 / 48, w * 1.0 / h))
        if padded > 3200:
            padded = resized = 3200
        else:
            resized = min(math.ceil(48 * (w / float(h))), padded)
        yield {"size": [w, h], "resized": resized, "padded": padded}


def record_ctc(rng, count, large):
    """CTCLabelDecode (models/text_recognition/processors.py) with the characters a, b, c and space."""
    for i in range(count):
        steps = rng.randint(1, 900 if large or i % 4 == 0 else 60)
        probabilities = noise(i, steps * 5).reshape(steps, 5).astype(np.float32) / np.float32(255)
        index, best = probabilities.argmax(axis=-1), probabilities.max(axis=-1)
        kept = np.ones(steps, dtype=bool)
        kept[1:] = index[1:] != index[:-1]
        kept &= index != 0
        confidences = best[kept] if kept.any() else [0]
        yield {"seed": i, "steps": steps, "text": "".join("?abc "[k] for k in index[kept]),
               "score": np.mean(confidences).tolist()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--large", action="store_true")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    for name in ("resize", "crop", "rect", "unclip", "score", "heat_map", "input_size", "order", "batch", "ctc"):
        rng = random.Random(name)
        cases = list(globals()[f"record_{name}"](rng, args.cases, args.large))
        with open(os.path.join(args.folder, f"{name}.json"), "w", encoding="utf-8") as file:
            file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
