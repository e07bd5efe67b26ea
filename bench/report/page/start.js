// Reads the data, brings the tables to life, and opens what is folded before it is printed.

const data = JSON.parse(document.getElementById("data").textContent);
putCells(data);
document.documentElement.classList.add("live");

for (const section of document.querySelectorAll("section.table")) {
  const state = firstState(section, data.tables[Number(section.dataset.table)]);
  state.marks = data.marks;
  state.texts = data.texts;
  addControls(state);
  section.addEventListener("click", (event) => clicked(state, event));
  section.addEventListener("keydown", (event) => moved(section, event));
  render(state);
}
addSettingsControls(document.getElementById("settings"));
prepareDialog(document.getElementById("behind"));
prepareContents(document.querySelector(".contents details"));
prepareScrolling(document.querySelectorAll("main .scroll"));
prepareAnchors();
preparePrinting();

/** Put every cell where its place among all of them stands; many are equal. */
function putCells({ tables, cells }) {
  const whole = (row) => row.map((place) => cells[place]);
  for (const { blocks } of tables.flatMap((table) => table.views.flat())) {
    for (const block of blocks) {
      block.rows = block.rows.map(whole);
      block.totals = block.totals.map(([title, row]) => [title, whole(row)]);
    }
  }
}

/** A click anywhere on a cell opens it, unless it ends a selection of text. */
function clicked(state, event) {
  const button = event.target.closest("td")?.querySelector(".open");
  const selecting = event.detail > 0 && String(getSelection()) !== "";
  if (button && !selecting) openBehind(data, state, button.dataset.where.split(" ").map(Number));
}

/** Arrow keys, Home and End go from cell to cell. */
function moved(section, event) {
  const cell = event.target.closest("td");
  if (!cell || !event.target.matches(".open") || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = cell.parentElement, rows = [...row.parentElement.rows];
  const steps = {
    ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -row.cells.length], End: [0, row.cells.length],
  };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const within = (value, most) => Math.max(0, Math.min(most, value));
  const next = rows[within(rows.indexOf(row) + step[0], rows.length - 1)];
  const target = next.cells[Math.max(1, within(cell.cellIndex + step[1], next.cells.length - 1))].querySelector(".open");
  if (!target) return;
  event.target.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

/** The dialog closes by its button, by Escape and by a click beside it. */
function prepareDialog(dialog) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

/** The contents are folded where there is no room for them, and again once one is chosen. */
function prepareContents(details) {
  const wide = matchMedia("(min-width: 48rem)");
  const fold = () => { details.open = wide.matches; };
  wide.addEventListener("change", fold);
  details.addEventListener("click", (event) => { if (event.target.matches("a")) { fold(); event.target.blur(); } });
  fold();
}

/** A box says whether more of its table is at its left or right. */
function prepareScrolling(boxes) {
  const sizes = new ResizeObserver((changes) => changes.forEach((change) => tell(change.target.closest(".scroll"))));
  const tell = (box) => {
    const rest = box.scrollWidth - box.clientWidth;
    box.classList.toggle("wide", rest > 1);
    box.classList.toggle("more-left", box.scrollLeft > 1);
    box.classList.toggle("more-right", rest - box.scrollLeft > 1);
  };
  for (const box of boxes) {
    box.addEventListener("scroll", () => tell(box), { passive: true });
    sizes.observe(box);
    sizes.observe(box.firstElementChild);
  }
}

/** A link to something folded away opens it. */
function prepareAnchors() {
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.matches("details")) at.open = true;
  };
  addEventListener("hashchange", open);
  open();
}

/** What matters on paper is open there. */
function preparePrinting() {
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.open-in-print:not([open]), details.notes:not([open])")) {
      details.open = true;
      opened.push(details);
    }
  });
  addEventListener("afterprint", () => { while (opened.length) opened.pop().open = false; });
}
