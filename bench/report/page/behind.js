// What stands behind one cell: its numbers, verdict, runs, settings and commands, in a dialog.

/** Fill the dialog for a cell and open it. */
function openBehind(data, state, [block, row, column]) {
  const dialog = document.getElementById("behind");
  const cell = view(state).blocks[block].rows[row][column];
  const [points, by, settings] = state.content.behind[state.condition][block][row][column];
  const [rows, columns] = state.content.keys[block];
  const title = `${state.content.name}, ${state.content.rows[block][row][0]}, `;
  const head = copies({ childNodes: state.heads[block][column + 1] });
  dialog.querySelector("h2").replaceChildren(title, ...head);
  dialog.querySelector(".body").replaceChildren(
    ...numbers(data, state, cell), ...runsOf(data, cell, points, by),
    ...commands(state, cell, rows[row], columns[column]), ...settingsOf(data, settings));
  dialog.showModal();
  dialog.querySelector(".body").scrollTop = 0;
}

/** Own and printed number, difference, verdict and rule. */
function numbers(data, state, cell) {
  const [fact, said, point, runs, why] = cell[BEHIND], reason = data.texts[said];
  const [, conditions] = state.content.conditions[state.condition];
  const pairs = [
    ["Made under", conditions],
    ["Measured", data.names[fact][1]],
    ["Ours", cell[OWN] ? `${cell[OWN]}${cell[OWN_SPREAD] ? ` \u00b1 ${cell[OWN_SPREAD]}` : ""}, ${runs === 1 ? "1 run" : `${runs} runs`}` : `empty: ${reason}`],
    ["Printed", cell[PRINTED] ? cell[PRINTED] + (cell[PRINTED_SPREAD] ? ` \u00b1 ${cell[PRINTED_SPREAD]}` : ", no deviation printed") : "nothing"],
    ["Corrected", cell[CORRECTED] && `${cell[CORRECTED]} \u00b1 ${cell[CORRECTED_SPREAD]}, with which ours is compared`],
    ["Difference", cell[CHANGE] && `${cell[CHANGE]} points`],
    ["Verdict", data.marks[cell[0]] && `${data.marks[cell[0]]} ${cell[0]}: ${reason}`],
    ["Rule", data.marks[cell[0]] && data.rule],
    ["Why it differs", why ? data.explanations[why - 1] : ""],
    ["Grid point", point && point !== "-" ? point : ""],
  ];
  return [definitions(pairs, "facts")];
}

function definitions(pairs, kind) {
  return element("dl", { class: kind }, ...pairs.filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** The runs of the chosen point, those of the others folded away, and how many are not made. */
function runsOf(data, cell, points, by) {
  const chosen = cell[BEHIND][2];
  const made = points.filter(([, runs]) => runs.length);
  const missing = points.reduce((total, point) => total + point[2], 0);
  const out = [element("h3", {}, "Runs")];
  const said = { of: cell[BEHIND][0], by };
  const mine = made.filter(([point]) => point === chosen || points.length === 1);
  const others = made.filter((point) => !mine.includes(point));
  out.push(...mine.map((point) => runTable(data, point, said)));
  if (mine.length && points.length > 1) {
    out.push(element("p", { class: "small" }, `Chosen of ${points.length} points by mean validation ${data.names[by][1]}.`));
  }
  if (missing) out.push(element("p", {}, `${missing} ${missing === 1 ? "run is" : "runs are"} not made.`));
  if (others.length) {
    out.push(element("details", {}, element("summary", {}, `Runs of the ${others.length} other ${others.length === 1 ? "point" : "points"}`),
      ...others.flatMap((point) => [element("h3", {}, point[0]), runTable(data, point, said)])));
  }
  return out;
}

function runTable(data, [, runs], said) {
  const titles = ["Seed", "Run", "Validation", "Test", "Kept weights", "Seconds", "Memory", "Device", "Environment", "Commit", "Record"];
  const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
  const table = element("table", {}, element("thead", {}, head),
    element("tbody", {}, ...runs.map((place) => runRow(data, data.runs[place], said))));
  return element("div", { class: "scroll", tabindex: 0 }, table);
}

function runRow(data, [id, seed, texts, changed, seconds, memory, kept, total, test, valid], said) {
  const [file, environment, device, commit] = texts.map((place) => data.texts[place]);
  const weights = kept ? `${kept.toLocaleString("en")} of ${total.toLocaleString("en")}` : "\u2013";
  const values = [element("code", {}, id), scoreOf(data, valid, said.by), scoreOf(data, test, said.of), weights,
    seconds ?? "\u2013", memory ? `${Math.round(memory)} MiB` : "\u2013", device, element("code", {}, environment),
    element("code", {}, commit + (changed ? " +" : "")), element("code", {}, file)];
  return element("tr", {}, element("th", { scope: "row" }, String(seed)), ...values.map((value) => element("td", {}, value)));
}

/** A score as the tables write it. */
function scoreOf(data, [fields, ...scores], wanted) {
  const score = scores[data.fields[fields].indexOf(wanted)];
  if (score === undefined) return "none";
  return (data.names[wanted][2] ? score : 100 * score).toFixed(3);
}

/** What makes and what explains the cell of a row and a column, as a user calls them. */
function commands(state, cell, row, column) {
  const { key, conditions } = state.content, options = conditions[state.condition][2];
  const make = `bench ${key} -d ${row} -m ${column} ${options}`.trim();
  const why = `bench why ${key} ${row} ${column} ${options}`.trim();
  const again = cell[OWN] ? " Runs that are there are kept; with --fresh the shipped ones are made anew." : "";
  return [element("h3", {}, "Commands"), element("p", { class: "small" }, `What makes just this cell.${again}`),
    element("code", { class: "command" }, make), element("p", { class: "small" }, "What is said here, on a terminal."),
    element("code", { class: "command" }, why)];
}

function settingsOf(data, place) {
  const [fields, ...values] = data.settings[place];
  const pairs = data.fields[fields].map((name, at) => [name, String(values[at])]);
  return [element("details", {}, element("summary", {}, `${pairs.length} settings`), definitions(pairs, "facts long"))];
}
