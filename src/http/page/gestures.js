// What the user does: paste, drop, pick, point, copy, switch.

function light(number) {
  for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
  if (number === undefined) return;
  for (const one of document.querySelectorAll(`[data-line="${number}"]`)) one.classList.add("lit");
}

async function copy(text) {
  try {
    // Only where the browser trusts the address: https, localhost, 127.0.0.1.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyOldWay(text);
    tell("copied");
  } catch {
    tell("not_copied");
  }
}

function copyOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Problem("not_copied");
}

function take(files) {
  const [file] = files ?? [];
  if (file) read(file);
  return Boolean(file);
}

document.addEventListener("paste", (event) => {
  if (event.target === element("token")) return;
  if (take(event.clipboardData?.files)) event.preventDefault();
  else tell("nothing_pasted");
});

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  if (!take(event.dataTransfer?.files)) tell("nothing_dropped");
});

for (const id of ["pick", "welcome"]) element(id).addEventListener("click", () => element("file").click());
element("file").addEventListener("change", (event) => {
  take(event.target.files);
  // So that the same file can be picked again.
  event.target.value = "";
});

element("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = element("token").value.trim();
  element("token").value = "";
  if (state.file) read(state.file);
});

for (const one of document.querySelectorAll("[data-language]")) {
  one.addEventListener("click", () => {
    state.language = one.dataset.language;
    showWords();
  });
}

const textOf = (item) => item.querySelector(".words").textContent;
element("copy-all").addEventListener("click", () => {
  const pages = state.result?.pages ?? [];
  const form = { kept: keptText, table: tableText }[element("form").value];
  const texts = pages.map(({ lines }) => form && lines.length > 0 ? form(lines) : lines.map(({ text }) => text).join("\n"));
  copy(texts.filter((text) => text !== "").join("\n"));
});
element("lines").addEventListener("click", (event) => {
  if (event.target.matches(".copy")) copy(textOf(event.target.closest("li")));
});
element("pages").addEventListener("click", (event) => {
  const number = event.target.dataset?.line;
  if (number !== undefined) copy(textOf(element("lines").querySelector(`[data-line="${number}"]`)));
});

// Pointing at a line, or reaching it with the keyboard, lights its box, and the other way round.
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const number = event.target.closest?.("[data-line]")?.dataset.line;
    light(number);
    if (number === undefined) return;
    if (event.target.matches("polygon")) element("lines").querySelector(`[data-line="${number}"]`).scrollIntoView({ block: "nearest" });
  });
}

// The arrows go from line to line.
element("lines").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...document.querySelectorAll("#lines .copy")];
  const next = step && buttons[buttons.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

showWords();
pollHealth();
