// Reads what is pasted, dropped or picked, and shows what the service says. It keeps nothing: the picture, the texts
// and the token are in this page's memory, and gone with it.

const HEALTH_PAUSE = 5000;
const TOLD_FOR = 2500;
const SVG = "http://www.w3.org/2000/svg";

// Behind a secret path prefix the page's own address, with or without its last slash, leads to the others.
const base = location.pathname.replace(/\/*$/, "/");

const state = {
  language: navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
  health: { state: "asking", words: "" },
  token: "",
  // The file under way or read last; after a token was asked for it is sent again.
  file: null,
  running: null,
  result: null,
  // Either a message of the service, as it came, or a key of the catalogue.
  problem: null,
};

const element = (id) => document.getElementById(id);

function say(key, values = {}) {
  // `%{count|line|lines}` is a number with the word that goes with it.
  return WORDS[state.language][key].replace(/%\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, more) => {
    const value = values[name];
    return one === undefined ? value : `${value} ${Number(value) === 1 ? one : more}`;
  });
}

// ---- The service

async function base64(file) {
  const reader = new FileReader();
  const url = await new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Problem("unreadable_file"));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

class Problem extends Error {
  constructor(key, words) {
    super(words ?? key);
    this.key = key;
    this.words = words;
  }
}

async function isPdf(file) {
  const start = await file.slice(0, 1024).text();
  return start.includes("%PDF-");
}

// A PDF cannot be shown by every browser, so the service is asked for its pictures.
async function ask(file, signal) {
  const pdf = await isPdf(file);
  // Boxes are drawn over the picture as it came, so it is not to be turned or flattened first.
  const asItIs = { useDocOrientationClassify: false, useDocUnwarping: false };
  const body = JSON.stringify({ file: await base64(file), fileType: pdf ? 0 : 1, visualize: pdf, ...asItIs });
  const headers = { "Content-Type": "application/json", "X-Jkocr-Language": state.language };
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  let response;
  try {
    response = await fetch(`${base}ocr`, { method: "POST", headers, body, signal, cache: "no-store" });
  } catch (error) {
    throw signal.aborted ? error : new Problem("unreachable");
  }
  const answer = await response.json().catch(() => { throw new Problem("no_answer"); });
  if (answer.errorCode === 401) throw new Problem("token_label", answer.errorMsg);
  if (answer.errorCode !== 0) throw new Problem("no_answer", answer.errorMsg);
  return { answer, pdf, backend: response.headers.get("x-jkocr-backend"), timing: response.headers.get("server-timing") };
}

async function read(file) {
  state.running?.abort();
  const running = new AbortController();
  Object.assign(state, { file, running, problem: null });
  showProblem();
  showWaiting(file);
  const began = performance.now();
  try {
    const { answer, pdf, backend, timing } = await ask(file, running.signal);
    const result = resultOf(answer, file, pdf);
    show({ ...result, backend, stages: stages(timing), took: performance.now() - began });
  } catch (error) {
    if (running.signal.aborted) return;
    state.problem = error instanceof Problem ? error : new Problem("no_answer");
    clear();
    showProblem();
  } finally {
    if (state.running === running) {
      state.running = null;
      element("reading").hidden = true;
    }
  }
}

// One page with its lines for each `ocrResults`.
function resultOf(answer, file, pdf) {
  const { ocrResults, dataInfo } = answer.result;
  const pages = ocrResults.map((one, index) => {
    const { rec_texts: texts, rec_scores: scores, rec_polys: quads } = one.prunedResult;
    const lines = texts.map((text, line) => ({ text, score: scores[line], quad: quads[line] }));
    const { width, height } = dataInfo.pages?.[index] ?? dataInfo;
    const picture = one.inputImage ? `data:image/jpeg;base64,${one.inputImage}` : null;
    return { width, height, picture, lines: lines.filter((line) => line.text !== "") };
  });
  return { pages, file: pdf ? null : file };
}

// `name;dur=12.3, …` of Server-Timing, in milliseconds.
function stages(header) {
  const parts = (header ?? "").split(",").map((part) => part.trim().match(/^([\w-]+);dur=([\d.]+)/));
  return parts.filter(Boolean).map(([, name, took]) => ({ name, took: Number(took) }));
}

async function pollHealth() {
  if (!document.hidden) {
    state.health = await health();
    showHealth();
  }
  setTimeout(pollHealth, HEALTH_PAUSE);
}

async function health() {
  try {
    const headers = { "X-Jkocr-Language": state.language };
    const response = await fetch(`${base}healthz`, { headers, cache: "no-store" });
    if (response.ok) return { state: "good", words: "" };
    const { errorMsg } = await response.json();
    return { state: response.headers.has("retry-after") ? "wait" : "bad", words: errorMsg };
  } catch {
    return { state: "bad", words: "" };
  }
}

// ---- What is shown

function showWords() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  for (const one of document.querySelectorAll("[data-words]")) one.textContent = say(one.dataset.words);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-language]")) {
    one.setAttribute("aria-pressed", String(one.dataset.language === state.language));
  }
  showHealth();
  showProblem();
  if (state.result) showFacts();
  for (const [index, one] of document.querySelectorAll("#lines .copy").entries()) nameCopy(one, index);
}

function showHealth() {
  const { state: name, words } = state.health;
  element("health").dataset.state = name;
  element("health-words").textContent = words || say(`health_${name}`);
}

function showProblem() {
  const problem = state.problem;
  element("problem").hidden = !problem;
  element("problem").textContent = problem ? problem.words ?? say(problem.key) : "";
  const asksToken = problem?.key === "token_label";
  element("token-form").hidden = !asksToken;
  if (asksToken) element("token").focus();
}

// Nothing of what was read before.
function clear() {
  for (const image of document.querySelectorAll("#pages img")) URL.revokeObjectURL(image.src);
  state.result = null;
  element("pages").replaceChildren();
  element("lines").replaceChildren();
  element("count").textContent = "";
  element("copy-all").disabled = element("form").disabled = true;
  element("facts").hidden = true;
  element("welcome").hidden = false;
  sayNothing("nothing_yet");
}

// The picture at once, and over it that it is being read.
function showWaiting(file) {
  clear();
  element("welcome").hidden = true;
  element("reading").hidden = false;
  sayNothing("reading");
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  image.alt = say("picture");
  image.style.imageOrientation = file.type === "image/webp" ? "none" : "from-image";
  // What the browser cannot show is only waited for.
  image.onerror = () => figure.remove();
  image.src = URL.createObjectURL(file);
  figure.append(image);
  element("pages").replaceChildren(figure);
}

function sayNothing(key) {
  element("nothing").hidden = false;
  element("nothing").dataset.words = key;
  element("nothing").textContent = say(key);
}

function show(result) {
  clear();
  state.result = result;
  let number = 0;
  const lines = [];
  const figures = result.pages.map((page) => {
    const numbered = page.lines.map((line) => ({ ...line, number: number++ }));
    lines.push(...numbered);
    return figure(page, numbered, result.file);
  });
  element("welcome").hidden = true;
  element("pages").replaceChildren(...figures);
  element("lines").replaceChildren(...lines.map(item));
  element("lines").scrollTop = 0;
  element("copy-all").disabled = element("form").disabled = lines.length === 0;
  showFacts();
}

function figure(page, lines, file) {
  const figure = document.createElement("figure");
  const source = page.picture ?? (file && URL.createObjectURL(file));
  if (source) {
    const image = document.createElement("img");
    image.alt = say("picture");
    // The service turns JPEG, PNG and TIFF as their EXIF says, and WebP not.
    image.style.imageOrientation = file?.type === "image/webp" ? "none" : "from-image";
    image.onerror = () => { image.remove(); leaveBlank(figure, page, lines); };
    image.src = source;
    figure.append(image);
  }
  figure.append(boxes(page, lines));
  if (!source) leaveBlank(figure, page, lines);
  return figure;
}

function boxes(page, lines) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(...lines.map((line) => {
    const polygon = document.createElementNS(SVG, "polygon");
    polygon.setAttribute("points", line.quad.map((corner) => corner.join(",")).join(" "));
    polygon.dataset.line = line.number;
    return polygon;
  }));
  return svg;
}

// A picture that this browser does not show (TIFF, PDF): the texts stand where they were read.
function leaveBlank(figure, page, lines) {
  figure.classList.add("blank");
  figure.style.aspectRatio = `${page.width} / ${page.height}`;
  figure.querySelector("svg").append(...lines.map(({ quad: [start, end, , bottom], text }) => {
    const words = document.createElementNS(SVG, "text");
    const height = Math.hypot(bottom[0] - start[0], bottom[1] - start[1]);
    words.setAttribute("x", bottom[0]);
    words.setAttribute("y", bottom[1] - height * 0.22);
    words.setAttribute("font-size", height * 0.76);
    words.setAttribute("textLength", Math.max(1, Math.hypot(end[0] - start[0], end[1] - start[1])));
    words.setAttribute("lengthAdjust", "spacingAndGlyphs");
    words.textContent = text;
    return words;
  }));
}

function item(line) {
  const item = document.createElement("li");
  item.dataset.line = line.number;
  const words = document.createElement("span");
  words.className = "words";
  words.textContent = line.text;
  const score = document.createElement("span");
  score.className = "score";
  score.textContent = `${Math.round(line.score * 100)}%`;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy";
  nameCopy(copy, line.number);
  item.append(words, score, copy);
  return item;
}

function nameCopy(button, index) {
  button.textContent = say("copy");
  button.setAttribute("aria-label", say("copy_line", { number: index + 1 }));
}

function showFacts() {
  const { pages, backend, stages, took } = state.result;
  const count = pages.reduce((sum, page) => sum + page.lines.length, 0);
  element("count").textContent = say("count", { count });
  if (count === 0) sayNothing("no_text");
  else element("nothing").hidden = true;
  element("facts").hidden = false;
  element("backend").textContent = backend && WORDS[state.language][`backend_${backend}`] ? say(`backend_${backend}`) : "–";
  element("total").textContent = milliseconds(took);
  element("size").textContent = pages.slice(0, 3).map(({ width, height }) => `${width} × ${height}`).join(", ");
  element("stages").replaceChildren(...stages.filter(({ name, took }) => name !== "total" && took > 0).map((stage) => {
    const one = document.createElement("li");
    // The widths are what the words need and a share of the rest.
    one.style.flexGrow = stage.took;
    one.textContent = one.title = `${WORDS[state.language][`stage_${stage.name}`] ?? stage.name} ${milliseconds(stage.took)}`;
    return one;
  }));
}

function milliseconds(took) {
  return took >= 1000 ? `${(took / 1000).toFixed(2)} s` : `${took < 10 ? took.toFixed(1) : Math.round(took)} ms`;
}

let silence;
function tell(key) {
  element("told").textContent = say(key);
  clearTimeout(silence);
  silence = setTimeout(() => { element("told").textContent = ""; }, TOLD_FOR);
}
