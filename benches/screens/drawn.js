// The lines of text that the page shows: what they say and where, in pixels of the page. A line is what one element with
// `data-text` has at one height; a range around each character tells where that is.
(() => {
  const lines = [];
  for (const element of document.querySelectorAll("[data-text]")) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let line;
    while (walker.nextNode()) {
      const text = walker.currentNode.data;
      for (let at = 0; at < text.length;) {
        const character = String.fromCodePoint(text.codePointAt(at));
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, (at += character.length));
        const [box] = [...range.getClientRects()].slice(-1);
        if (!box) continue;
        const below = !line || Math.abs(box.top - line.top) > box.height / 2;
        if (below) {
          line = { left: box.left, top: box.top, right: box.right, bottom: box.bottom, text: "" };
          lines.push(line);
        }
        line.text += character;
        if (character.trim()) line.right = Math.max(line.right, box.right);
      }
    }
  }
  const seen = ({ left, top, right, bottom }) => left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
  const drawn = lines.map((line) => ({ ...line, text: line.text.trimEnd() })).filter((line) => line.text.trim());
  return { lines: drawn.filter(seen), cut: drawn.filter((line) => !seen(line)) };
})()
