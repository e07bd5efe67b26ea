// One table: which view is shown, its rows in which order, and which of them.

const OWN = 1, OWN_SPREAD = 2, CHANGE = 3, PRINTED = 4, PRINTED_SPREAD = 5, CORRECTED = 6,
  CORRECTED_SPREAD = 7, BEST = 8, NOTES = 9, PRINTED_NOTES = 10, BEHIND = 11;
const SORTS = { ours: OWN, printed: PRINTED, difference: CHANGE };

/** What a table shows before anybody chooses. */
function firstState(section, content) {
  return {
    section, content, condition: 0, metric: 0, text: "", verdict: "",
    by: "ours", sorted: null, // { block, column, down }; column -1 is the row's title
    bare: false,
    heads: [...section.querySelectorAll("thead")].map((head) => [...head.rows[0].cells].map(copies)),
  };
}

function view(state) {
  return state.content.views[state.condition][state.metric];
}

/** Show everything the state asks for. */
function render(state) {
  const shown = view(state);
  state.section.querySelector(".tag").textContent = state.content.conditions[state.condition][0];
  state.section.querySelector(".caption").textContent = shown.caption;
  state.section.querySelector(".legend").textContent = shown.legend;
  renderOthers(state);
  renderNotes(state.section.querySelector(".notes"), shown.notes, state.texts);
  const tables = state.section.querySelectorAll("table");
  const counts = shown.blocks.map((block, place) => renderBlock(state, tables[place], block, place));
  say(state, counts);
}

/** What else the table was made under, for paper. */
function renderOthers(state) {
  const line = state.section.querySelector(".also");
  const others = state.content.conditions.filter((_, place) => place !== state.condition);
  if (line) line.textContent = `Also made under ${others.map(([label]) => label).join("; ")}.`;
}

function renderNotes(details, notes, texts) {
  details.querySelector("summary").textContent = notes.length === 1 ? "1 note" : `${notes.length} notes`;
  details.querySelector("ul").replaceChildren(...notes.map(([label, text, command]) =>
    element("li", {}, label ? element("sup", {}, label) : "", label ? " " : "", texts[text],
      command ? " " : "", command ? element("code", {}, command) : "")));
}

/** Rows, totals and headings of one block; returns how many rows are shown and how many there are. */
function renderBlock(state, table, block, place) {
  const titles = state.content.rows[place];
  const all = block.rows.map((cells, row) => ({ cells, row, title: titles[row][0], dataset: titles[row][1] }));
  keepRoom(table, [...block.rows, ...block.totals.map(([, cells]) => cells)].flat());
  const kept = all.filter((row) => fits(state, row, all));
  const rows = sortRows(state, kept, place);
  table.tHead.replaceChildren(headings(state, place));
  table.tBodies[0].replaceChildren(...rows.map((row) => tableRow(state, row, place)));
  if (table.tFoot) {
    table.tFoot.replaceChildren(...block.totals.map(([title, cells]) =>
      element("tr", {}, element("th", { scope: "row" }, title), ...cells.map((cell) => tableCell(state, cell, null)))));
    table.tFoot.hidden = kept.length < all.filter((row) => !isBare(row)).length;
  }
  const first = table.querySelector("td .open");
  if (first) first.tabIndex = 0;
  const bare = all.filter(isBare).length;
  return { shown: rows.length, all: all.length, bare: bare < all.length ? bare : 0 };
}

/** Every cell keeps room for what some cell holds beside its number. */
function keepRoom(table, cells) {
  const some = (...places) => cells.some((cell) => places.some((place) => cell[place]));
  table.classList.toggle("spread", some(OWN_SPREAD, PRINTED_SPREAD));
  table.classList.toggle("noted", some(NOTES, PRINTED_NOTES));
  table.classList.toggle("changed", some(CHANGE));
  table.classList.toggle("marked", cells.some((cell) => cell[0] && cell[0] !== "empty"));
}

function isBare(row) {
  return row.cells.every((cell) => !cell[OWN]);
}

/** Whether a row has the text, a cell of the verdict, and a number of ours unless all are asked for. */
function fits(state, row, all) {
  const text = `${row.title} ${row.dataset}`.toLowerCase();
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => text.includes(word))) return false;
  if (state.verdict) return row.cells.some((cell) => hasVerdict(state, cell));
  return state.bare || state.text !== "" || !isBare(row) || all.every(isBare);
}

function hasVerdict(state, cell) {
  const verdict = ["same", "equal by rounding"].includes(cell[0]) ? "agrees" : cell[0] || "";
  return verdict === state.verdict || (state.verdict === "empty" && verdict === "not built");
}

function sortRows(state, rows, place) {
  const sorted = state.sorted;
  if (!sorted || sorted.block !== place) return rows;
  const sign = sorted.down ? -1 : 1;
  if (sorted.column < 0) {
    return rows.toSorted((one, other) => sign * one.title.localeCompare(other.title, "en"));
  }
  const key = (row) => number(row.cells[sorted.column][SORTS[state.by]]);
  return rows.toSorted((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
    return sign * (a - b) || one.row - other.row;
  });
}

function headings(state, place) {
  return element("tr", {}, ...state.heads[place].map((title, at) => heading(state, title, place, at - 1)));
}

/** A heading that sorts by its column: largest first, smallest first, as printed. */
function heading(state, title, place, column) {
  const sorted = state.sorted;
  const here = sorted && sorted.block === place && sorted.column === column;
  const order = here ? (sorted.down ? "descending" : "ascending") : "none";
  const what = column < 0 ? "" : state.by;
  const arrow = element("span", { class: "arrow", "aria-hidden": "true" }, here ? (sorted.down ? "\u25be" : "\u25b4") : "");
  const button = element("button", { type: "button", title: `Sort by ${what || "name"}` }, ...copies({ childNodes: title }), arrow);
  button.addEventListener("click", () => {
    state.sorted = nextSort(here ? sorted : null, place, column);
    render(state);
    state.section.querySelectorAll("table")[place].tHead.rows[0].cells[column + 1].firstChild.focus();
  });
  return element("th", { scope: "col", "aria-sort": order }, button);
}

function nextSort(sorted, block, column) {
  const first = column >= 0; // names start at A, numbers at the largest
  if (!sorted) return { block, column, down: first };
  return sorted.down === first ? { block, column, down: !first } : null;
}

function tableRow(state, row, place) {
  const title = element("th", { scope: "row", title: row.dataset === row.title ? null : row.dataset }, row.title);
  return element("tr", {}, title, ...row.cells.map((cell, column) => tableCell(state, cell, [place, row.row, column])));
}

/** One cell; `where` is its block, row and column, or null for a total. */
function tableCell(state, cell, where) {
  const marks = state.marks, mark = marks[cell[0]];
  const inner = element("div", { class: "cell" }, own(state, cell, where),
    cell[CHANGE] ? element("span", { class: "change" }, hidden("difference "), cell[CHANGE]) : "",
    figure("printed", cell[PRINTED], cell[PRINTED_SPREAD], cell[PRINTED_NOTES]),
    mark ? element("span", { class: "mark", title: cell[0] }, mark, hidden(` ${cell[0]}`)) : "",
    figure("corrected", cell[CORRECTED], cell[CORRECTED_SPREAD], ""));
  const off = where && state.verdict && !hasVerdict(state, cell) ? " off" : "";
  return element("td", { class: css(cell[0] || "") + (cell[BEST] ? " best" : "") + off }, inner);
}

function own(state, cell, where) {
  const parts = [hidden("ours "), cell[OWN] || "\u2013", spread(cell[OWN_SPREAD], cell[NOTES])];
  const kind = cell[OWN] ? "own" : "own none";
  if (!where || !cell[BEHIND]) return element("span", { class: kind }, ...parts);
  const button = element("button", { type: "button", class: "open", tabindex: -1, "aria-haspopup": "dialog" }, ...parts);
  button.dataset.where = where.join(" ");
  return element("span", { class: kind }, button);
}

function figure(kind, text, deviation, notes) {
  if (!text) return "";
  return element("span", { class: kind }, hidden(`${kind} `), text, spread(deviation, notes));
}

/** What follows a number, in a column of its own: its deviation and the labels of notes. */
function spread(text, notes) {
  const labels = (notes || "").split(",").filter(Boolean).map((label) => element("sup", {}, label));
  return element("small", {}, text ? `\u00b1${text}` : "", ...labels);
}

/** How many rows are shown, and a button for those that hold nothing of ours. */
function say(state, counts) {
  const line = state.section.querySelector(".state");
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  const [shown, all, bare] = [sum("shown"), sum("all"), sum("bare")];
  const hiding = !state.text && !state.verdict && bare;
  line.replaceChildren(shown < all || state.text || state.verdict ? `${shown} of ${all} rows.` : "");
  if (!hiding) return;
  const words = state.bare ? `Hide the ${bare} rows without a run` : `Show the ${bare} rows without a run`;
  const button = element("button", { type: "button" }, words);
  button.addEventListener("click", () => {
    state.bare = !state.bare;
    render(state);
    line.querySelector("button").focus();
  });
  line.append(" ", button);
}
