// The lines of a page as they stood: in rows, set apart by spaces, or as the cells of a table.

// What a character takes: those of Chinese, Japanese and Korean are twice as wide.
function columns(text) {
  return [...text].reduce((sum, char) => sum + (char.codePointAt(0) >= 0x2e80 ? 2 : 1), 0);
}

// Where a line is, as an upright box.
function boxOf({ text, quad }) {
  const [xs, ys] = [0, 1].map((axis) => quad.map((corner) => corner[axis]));
  return { text, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

// Lines whose middles lie within each other's height are a row, from left to right.
function rowsOf(lines) {
  const rows = [];
  for (const box of lines.map(boxOf).sort((one, other) => one.top + one.bottom - other.top - other.bottom)) {
    const middle = (box.top + box.bottom) / 2;
    const row = rows.at(-1);
    if (row && middle < row.bottom) {
      row.boxes.push(box);
    } else {
      rows.push({ bottom: box.bottom, boxes: [box] });
    }
  }
  return rows.map(({ boxes }) => boxes.sort((one, other) => one.left - other.left));
}

function median(numbers) {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 1;
}

// Indented and set apart as they stood.
function keptText(lines) {
  const rows = rowsOf(lines);
  const boxes = rows.flat();
  const width = median(boxes.map((box) => (box.right - box.left) / Math.max(1, columns(box.text)))) || 1;
  const left = Math.min(...boxes.map((box) => box.left));
  return rows.map((row) => row.reduce((text, box) => {
    const column = Math.round((box.left - left) / width);
    const gap = Math.max(text ? 1 : 0, column - columns(text));
    return text + " ".repeat(gap) + box.text;
  }, "")).join("\n");
}

// Cells of one column are as many tabs from the start.
function tableText(lines) {
  const rows = rowsOf(lines);
  const spans = [];
  for (const box of rows.flat().sort((one, other) => one.left - other.left)) {
    const last = spans.at(-1);
    if (last && box.left < last.right) last.right = Math.max(last.right, box.right);
    else spans.push({ left: box.left, right: box.right });
  }
  const columnOf = (box) => spans.findIndex((span) => box.left < span.right);
  return rows.map((row) => {
    const cells = spans.map(() => []);
    for (const box of row) cells[columnOf(box)].push(box.text);
    return cells.map((cell) => cell.join(" ")).join("\t").trimEnd();
  }).join("\n");
}
