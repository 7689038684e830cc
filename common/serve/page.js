/* The page of aserve: all rows are loaded once, then kept up to date by the events; what is shown is drawn again at
 * most a few times a second. No other code, no assets from elsewhere. */
"use strict";

const PAGE_ROWS = 200;        // that are drawn, and come with each press of "more"
const TREND_VALUES = 40;      // that a sparkline remembers
const REPLAY = 2000;          // events from before, for the sparklines
const SILENCE_MS = 40000;     // the server gives a sign of life every 15 s
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const DRAW_MS = 120;          // between two drawings, or four times what one took

const $ = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 4 });

const table = {
  rows: new Map(),      // by key: { key, values, history, seen }
  columns: new Map(),   // by name: { name, key, numeric, head }
  keys: [],
  wanted: [],           // --columns
};
const view = { sort: "", descending: false, filter: "", trend: "", shown: PAGE_ROWS, lines: new Map(), flash: false };
const link = { last: "", state: "connecting", changed: 0, rate: 0, count: 0, token: "", tries: 0 };

/* Rows */

/* Whole numbers that a double cannot hold stay as they were written. */
const LARGE = /^-?\d{16,}$/;

function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (name, value, context) =>
    typeof value === "number" && context && LARGE.test(context.source) ? context.source : value);
}

function keyOf(values) {
  return JSON.stringify(table.keys.map((name) => (values[name] == null ? null : String(values[name]))));
}

function isNumber(value) {
  return typeof value === "number" || (typeof value === "string" && LARGE.test(value));
}

function noteColumns(values) {
  for (const name in values) {
    let column = table.columns.get(name);
    const value = values[name];
    if (!column) {
      column = { name, key: table.keys.includes(name), seen: false, numeric: true, fractions: false };
      table.columns.set(name, column);
      drawn.columns = "";
    }
    if (value !== null) {
      column.seen = true;
      column.fractions = column.fractions || (typeof value === "number" && !Number.isInteger(value));
      if (column.numeric && !isNumber(value)) {
        column.numeric = false;
        drawn.columns = "";
      }
    }
  }
}

function remember(row, values) {
  for (const name in values) {
    const value = values[name];
    if (!isNumber(value) || table.keys.includes(name)) continue;
    const history = (row.history[name] = row.history[name] || []);
    history.push(Number(value));
    if (history.length > TREND_VALUES) history.shift();
  }
}

function put(values, historyOnly) {
  const key = keyOf(values);
  let row = table.rows.get(key);
  if (!historyOnly) noteColumns(values);
  if (!row) {
    if (historyOnly) return;
    row = { key, values, history: {} };
    table.rows.set(key, row);
  }
  if (!historyOnly && Object.keys(row.history).length === 0) remember(row, row.values);
  remember(row, values);
  if (!historyOnly) row.values = values;
}

function remove(values) {
  table.rows.delete(keyOf(values));
}

/* What is shown */

const WORD = /"([^"]*)"|(\S+)/g;
const COMPARISON = /^(.+?)(<=|>=|!=|<|>|=|:)(.*)$/;

/* "git n>10": all of its words must be found in a row; a comparison with a column's name looks at that column. */
function compileFilter(text) {
  const tests = [];
  for (const match of text.matchAll(WORD)) {
    const word = match[1] !== undefined ? match[1] : match[2];
    const parts = match[1] === undefined && COMPARISON.exec(word);
    const name = parts && [...table.columns.keys()].find((one) => one.toLowerCase() === parts[1].toLowerCase());
    if (name) tests.push(compare(name, parts[2], parts[3]));
    else tests.push(contains(word.toLowerCase()));
  }
  return (row) => tests.every((test) => test(row));
}

function contains(word) {
  return (row) => Object.values(row.values).some((value) => text(value).toLowerCase().includes(word));
}

function compare(name, sign, wanted) {
  const number = wanted.trim() === "" ? NaN : Number(wanted);
  const lower = wanted.toLowerCase();
  return (row) => {
    const value = row.values[name];
    if (sign === ":") return text(value).toLowerCase().includes(lower);
    if (sign === "=") return text(value).toLowerCase() === lower || (isNumber(value) && Number(value) === number);
    if (sign === "!=") return !(text(value).toLowerCase() === lower || (isNumber(value) && Number(value) === number));
    if (value == null) return false;
    const order = Number.isNaN(number) ? text(value).localeCompare(wanted) : Number(value) - number;
    return sign === "<" ? order < 0 : sign === ">" ? order > 0 : sign === "<=" ? order <= 0 : order >= 0;
  };
}

function text(value) {
  return value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/* Nulls come last, whichever way. */
function byColumn(name, descending) {
  const sign = descending ? -1 : 1;
  const numeric = table.columns.get(name).numeric;
  return (a, b) => {
    const left = a.values[name], right = b.values[name];
    if (left == null || right == null) return (left == null) - (right == null);
    return sign * (numeric ? Number(left) - Number(right) : collator.compare(text(left), text(right)));
  };
}

function chosenRows() {
  const matches = view.filter.trim() ? compileFilter(view.filter) : null;
  const rows = [];
  for (const row of table.rows.values()) if (!matches || matches(row)) rows.push(row);
  if (view.sort && table.columns.has(view.sort)) rows.sort(byColumn(view.sort, view.descending));
  return rows;
}

/* Keys first, then the columns in the order that was asked for, or in which they came. */
function orderedColumns() {
  const names = [...table.keys, ...table.wanted];
  const all = [...table.columns.values()];
  const named = names.map((name) => table.columns.get(name)).filter(Boolean);
  return [...new Set([...named, ...all])];
}

/* Drawing */

const drawn = { columns: "", timer: 0, took: 0, at: 0 };

function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function numericColumns() {
  return [...table.columns.values()].filter((column) => column.numeric && column.seen && !column.key);
}

function drawColumns() {
  const columns = orderedColumns();
  const shape = JSON.stringify(columns.map((column) => [column.name, column.numeric && column.seen]));
  if (drawn.columns === shape) return columns;
  drawn.columns = shape;
  view.lines.clear();
  $("rows").replaceChildren();
  const focused = document.activeElement && document.activeElement.dataset.column;
  $("columns").replaceChildren(...columns.map(headOf));
  if (focused !== undefined) {
    const button = [...$("columns").querySelectorAll("button")].find((one) => one.dataset.column === focused);
    if (button) button.focus();
  }
  const numeric = numericColumns();
  if (!numeric.some((column) => column.name === view.trend)) view.trend = trendOf(numeric);
  $("trend-field").hidden = numeric.length === 0;
  $("trend").replaceChildren(...numeric.map((column) => {
    const option = element("option", "", column.name);
    option.value = column.name;
    option.selected = column.name === view.trend;
    return option;
  }));
  if (view.trend) {
    const head = element("th");
    head.scope = "col";
    head.append(element("span", "", "Trend"));
    $("columns").append(head);
  }
  markSort();
  return columns;
}

/* What moves up and down tells more than what only grows: a mean before a count. */
function trendOf(numeric) {
  const column = numeric.find((one) => one.fractions) || numeric[0];
  return column ? column.name : "";
}

function headOf(column) {
  const head = element("th", column.numeric && column.seen && !column.key ? "number" : "");
  const button = element("button", "", column.name);
  head.scope = "col";
  button.type = "button";
  button.dataset.column = column.name;
  head.append(button);
  return head;
}

function markSort() {
  for (const button of $("columns").querySelectorAll("button")) {
    const on = button.dataset.column === view.sort;
    if (on) button.parentNode.setAttribute("aria-sort", view.descending ? "descending" : "ascending");
    else button.parentNode.removeAttribute("aria-sort");
  }
}

function lineOf(row, columns) {
  let line = view.lines.get(row.key);
  if (line) return line;
  const tr = element("tr");
  const cells = columns.map((column) => {
    const number = column.numeric && column.seen && !column.key;
    const cell = element(column.key ? "th" : "td", number ? "number" : "");
    if (column.key) cell.scope = "row";
    const bar = number ? element("span", "bar") : null;
    const value = element("span");
    if (bar) {
      bar.setAttribute("aria-hidden", "true");
      cell.append(bar);
    }
    cell.append(value);
    tr.append(cell);
    return { cell, bar, value, shown: undefined, part: -1 };
  });
  const trend = view.trend ? element("td", "trend") : null;
  if (trend) tr.append(trend);
  line = { tr, cells, trend, path: "", fresh: true };
  view.lines.set(row.key, line);
  return line;
}

function shownText(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? numbers.format(value) : text(value);
}

/* A value that changed is seen for a moment, and no longer. */
function flash(value) {
  if (!view.flash || !value.animate) return;
  const style = getComputedStyle(document.documentElement);
  const colours = ["--flash", "--text"].map((name) => ({ color: style.getPropertyValue(name).trim() }));
  value.animate(colours, { duration: 1800, easing: "ease-out" });
}

function drawCell(part, value, scale, calm) {
  if (part.shown !== value) {
    part.value.textContent = shownText(value);
    part.cell.classList.toggle("none", value == null);
    if (typeof value === "number") part.cell.title = String(value);
    if (part.shown !== undefined && !calm) flash(part.value);
    part.shown = value;
  }
  if (part.bar) {
    const share = scale > 0 && value != null ? Math.min(1, Math.abs(Number(value)) / scale) : 0;
    if (Math.abs(share - part.part) > 0.002) {
      part.bar.style.setProperty("--part", share.toFixed(4));
      part.part = share;
    }
    part.bar.classList.toggle("below", Number(value) < 0);
  }
}

const SVG = "http://www.w3.org/2000/svg";

function drawTrend(line, row) {
  const history = row.history[view.trend] || [];
  const low = Math.min(...history), high = Math.max(...history), span = high - low || 1;
  const points = history.map((value, i) => [
    history.length > 1 ? (i / (history.length - 1)) * 96 : 96, high === low ? 12 : 21 - ((value - low) / span) * 18]);
  const path = points.map(([x, y], i) => (i ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1)).join("");
  if (path === line.path) return;
  line.path = path;
  if (!line.trend.firstChild) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 24");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(SVG, "path"));
    line.trend.append(svg, element("span", "hidden"));
  }
  line.trend.querySelector("path").setAttribute("d", history.length > 1 ? path : "");
  line.trend.lastChild.textContent = history.length > 1
    ? "from " + shownText(history[0]) + " to " + shownText(history[history.length - 1]) : "";
}

/* A column's bars are parts of its largest value among the rows that are chosen. */
function scalesOf(rows, columns) {
  return columns.map((column) => {
    let scale = 0;
    if (column.numeric && column.seen && !column.key)
      for (const row of rows) {
        const size = Math.abs(Number(row.values[column.name]));
        if (size > scale && size !== Infinity) scale = size;
      }
    return scale;
  });
}

function drawRows(rows, columns) {
  const body = $("rows");
  const scales = scalesOf(rows, columns);
  const kept = new Set();
  const shown = rows.slice(0, view.shown);
  shown.forEach((row, i) => {
    const line = lineOf(row, columns);
    kept.add(row.key);
    columns.forEach((column, at) => drawCell(line.cells[at], row.values[column.name] ?? null, scales[at], line.fresh));
    if (line.trend) drawTrend(line, row);
    line.fresh = false;
    if (body.children[i] !== line.tr) body.insertBefore(line.tr, body.children[i] || null);
  });
  for (const [key, line] of view.lines)
    if (!kept.has(key)) {
      line.tr.remove();
      view.lines.delete(key);
    }
}

function draw() {
  const begun = performance.now();
  drawn.timer = 0;
  const columns = drawColumns();
  const rows = chosenRows();
  drawRows(rows, columns);
  const total = table.rows.size;
  const left = rows.length - Math.min(rows.length, view.shown);
  $("table").hidden = rows.length === 0;
  $("more").hidden = left === 0;
  $("more").textContent = "Show " + numbers.format(Math.min(left, PAGE_ROWS)) + " more of " + numbers.format(left);
  $("empty").hidden = rows.length > 0 || link.state === "connecting" || !$("login").hidden;
  $("empty").textContent = total === 0 ? "No rows yet. They appear here as they come." : "No row matches the filter.";
  $("count").textContent = (rows.length === total ? "" : numbers.format(rows.length) + " of ") +
    numbers.format(total) + (total === 1 ? " row" : " rows");
  $("caption").textContent = document.title + ", " + $("count").textContent;
  drawn.took = performance.now() - begun;
  drawn.at = performance.now();
}

function drawSoon() {
  if (drawn.timer) return;
  const wait = Math.max(0, Math.max(DRAW_MS, 4 * drawn.took) - (performance.now() - drawn.at));
  drawn.timer = setTimeout(() => (document.hidden ? draw() : requestAnimationFrame(draw)), wait);
}

function say(words) {
  $("said").textContent = words;
}

/* The connection */

function setState(state) {
  if (state !== link.state) {
    if (state === "live" && link.state === "lost") say("Connected again");
    if (state === "lost") say("Connection lost, trying again");
  }
  link.state = state;
  $("state").dataset.state = state;
  drawState();
}

function ago(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 2) return "just now";
  if (seconds < 100) return seconds + " s ago";
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? minutes + " min ago" : Math.round(minutes / 60) + " h ago";
}

function drawState() {
  const words = { connecting: "connecting", lost: "connection lost, trying again" };
  const rate = link.rate >= 1 ? " · " + numbers.format(Math.round(link.rate)) + " changes/s" : "";
  const age = link.changed ? "live · changed " + ago(Date.now() - link.changed) + rate : "live";
  const shown = words[link.state] || age;
  if ($("state-text").textContent !== shown) $("state-text").textContent = shown;
}

function request(path, more, signal) {
  const headers = { ...more };
  if (link.token) headers.Authorization = "Bearer " + link.token;
  return fetch(path, { headers, signal, cache: "no-store", credentials: "same-origin" });
}

async function checked(response) {
  if (response.status === 401) throw new Error("token");
  if (!response.ok) throw new Error("status " + response.status);
  return response;
}

/* Server-sent events out of a stream of bytes. */
async function* eventsOf(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    const events = [];
    for (const block of blocks) {
      const event = { id: "", kind: "message", data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("id: ")) event.id = line.slice(4);
        else if (line.startsWith("event: ")) event.kind = line.slice(7);
        else if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      if (event.id) events.push(event);
    }
    if (events.length) yield events;
  }
}

const numberOf = (id) => Number(id.slice(id.lastIndexOf("-") + 1));
const runOf = (id) => id.slice(0, id.lastIndexOf("-"));

function apply(event, historyOnly) {
  if (event.kind === "row") put(parse(event.data), historyOnly);
  else if (event.kind === "delete" && !historyOnly) remove(parse(event.data));
  link.last = event.id;
}

/* All rows, while the events of a stream that was opened before wait. */
async function load(signal) {
  const response = await checked(await request("/rows.json", {}, signal));
  const at = response.headers.get("Last-Event-ID");
  const rows = parse(await response.text());
  const old = new Map([...table.rows].map(([key, row]) => [key, row.history]));
  table.rows.clear();
  for (const values of rows) {
    const key = keyOf(values);
    noteColumns(values);
    table.rows.set(key, { key, values, history: old.get(key) || {} });
  }
  return at;
}

/* One connection, until it ends. From scratch, the stream comes first and the rows behind it, so no change is missed:
 * what the rows hold already only feeds the sparklines. */
async function follow() {
  const abort = new AbortController();
  let silence = 0;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
  };
  try {
    alive();
    const path = link.last ? "/events" : "/events?replay=" + REPLAY;
    const stream = await checked(await request(path, link.last ? { "Last-Event-ID": link.last } : {}, abort.signal));
    let held = link.last ? link.last : await load(abort.signal);
    setState("live");
    draw(); // at once: who sees "live" sees the rows
    link.tries = 0;
    for await (const events of eventsOf(stream.body, alive)) {
      for (const event of events) {
        if (event.kind === "reset") {
          held = await load(abort.signal);
          link.last = event.id;
          continue;
        }
        const old = runOf(event.id) === runOf(held) && numberOf(event.id) <= numberOf(held);
        apply(event, old);
        if (old) continue;
        link.count++;
        link.changed = Date.now();
      }
      view.flash = !matchMedia("(prefers-reduced-motion: reduce)").matches && events.length < 200;
      drawSoon();
    }
  } finally {
    clearTimeout(silence);
    abort.abort();
  }
}

async function keepFollowing() {
  for (;;) {
    try {
      await follow();
    } catch (error) {
      if (error.message === "token") return askToken();
    }
    setState("lost");
    const wait = RETRY_MS[Math.min(link.tries++, RETRY_MS.length - 1)];
    await new Promise((done) => {
      const timer = setTimeout(done, wait * (0.75 + Math.random() / 2));
      addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
    });
  }
}

function askToken() {
  $("login-wrong").hidden = !link.token;
  $("login").hidden = false;
  $("table").hidden = $("empty").hidden = true;
  link.token = "";
  $("token").focus();
}

/* What a link can say: #sort=n&descending&filter=git&trend=n; the token is taken out of it at once. */
function readPlace() {
  const place = new URLSearchParams(location.hash.slice(1));
  view.sort = place.get("sort") || "";
  view.descending = place.has("descending");
  view.filter = place.get("filter") || "";
  view.trend = place.get("trend") || "";
  link.token = place.get("token") || sessionStorage.getItem("token") || "";
  if (place.has("token")) sessionStorage.setItem("token", link.token);
  $("filter").value = view.filter;
  writePlace();
}

function writePlace() {
  const place = new URLSearchParams();
  if (view.sort) place.set("sort", view.sort);
  if (view.sort && view.descending) place.set("descending", "");
  if (view.filter) place.set("filter", view.filter);
  if (view.trend) place.set("trend", view.trend);
  const hash = place.toString();
  history.replaceState(null, "", hash ? "#" + hash : location.pathname);
}

/* Numbers begin with the largest, words with A; a third press ends it. */
function sortBy(name) {
  const first = table.columns.get(name).numeric && table.columns.get(name).seen && !table.columns.get(name).key;
  if (view.sort !== name) {
    view.sort = name;
    view.descending = first;
  } else if (view.descending === first) {
    view.descending = !first;
  } else {
    view.sort = "";
  }
  view.shown = PAGE_ROWS;
  markSort();
  writePlace();
  draw();
  say(view.sort ? "Sorted by " + name + (view.descending ? ", descending" : ", ascending") : "In the order of arrival");
}

function setTheme(theme) {
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  if (theme) document.documentElement.dataset.theme = theme;
  $("theme").setAttribute("aria-pressed", String(dark));
}

function listen() {
  $("columns").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) sortBy(button.dataset.column);
  });
  $("filter").addEventListener("input", () => {
    view.filter = $("filter").value;
    view.shown = PAGE_ROWS;
    writePlace();
    draw();
    clearTimeout(listen.timer);
    listen.timer = setTimeout(() => say($("count").textContent), 600);
  });
  $("trend").addEventListener("change", () => {
    view.trend = $("trend").value;
    writePlace();
    draw();
  });
  $("more").addEventListener("click", () => {
    view.shown += PAGE_ROWS;
    draw();
  });
  $("theme").addEventListener("click", () => {
    const theme = $("theme").getAttribute("aria-pressed") === "true" ? "light" : "dark";
    localStorage.setItem("theme", theme);
    setTheme(theme);
  });
  $("login").addEventListener("submit", (event) => {
    event.preventDefault();
    link.token = $("token").value.trim();
    sessionStorage.setItem("token", link.token);
    $("login").hidden = true;
    $("token").value = "";
    keepFollowing();
  });
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      $("filter").focus();
    } else if (event.key === "Escape" && document.activeElement === $("filter")) {
      $("filter").value = "";
      $("filter").dispatchEvent(new Event("input"));
    }
  });
  setInterval(() => {
    link.rate = link.rate * 0.6 + link.count * 0.4;
    link.count = 0;
    drawState();
  }, 1000);
}

async function start() {
  setTheme(localStorage.getItem("theme"));
  readPlace();
  listen();
  for (;;) {
    try {
      const about = await (await checked(await request("/about", {}))).json();
      document.title = $("title").textContent = about.title;
      table.keys = about.keys;
      table.wanted = about.columns;
      if (about.token && !link.token) return askToken();
      return keepFollowing();
    } catch (error) {
      setState("lost");
      await new Promise((done) => setTimeout(done, RETRY_MS[2]));
    }
  }
}

start();
