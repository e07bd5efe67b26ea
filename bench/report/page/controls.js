// What stands above a table to choose by.

/** Put the controls of a table where they belong. */
function addControls(state) {
  const { conditions, metrics, counts, key } = state.content;
  const place = state.section.querySelector(".controls");
  const change = (name) => (value) => { state[name] = value; render(state); };
  if (conditions.length > 1) {
    const labels = conditions.map(([label]) => label);
    place.append(choices(`${key}-protocol`, "Protocol", labels, change("condition")));
  }
  if (metrics.length > 1) {
    const options = metrics.map((title, index) => [index, title]);
    place.append(select(`${key}-metric`, "Metric", options, (value) => change("metric")(Number(value))));
  }
  const printed = state.content.views[0][0].blocks.some((block) => block.rows.some((row) => row.some((cell) => cell[PRINTED])));
  if (printed) {
    place.append(select(`${key}-by`, "Headings sort by", Object.keys(SORTS).map((name) => [name, name]), change("by")));
    const same = counts ? [["agrees", "same"], ["differs", "differs"]] :
      [["agrees", "agrees"], ["differs", "differs"], ["says nothing", "says nothing"], ["not comparable", "not comparable"], ["empty", "empty"]];
    place.append(select(`${key}-verdict`, "Verdict", [["", "any"], ...same], change("verdict")));
  } else {
    place.append(select(`${key}-verdict`, "Cells", [["", "any"], ["empty", "empty"]], change("verdict")));
  }
  place.append(search(`${key}-text`, "Rows with", change("text")));
}

/** Radio buttons in a row. */
function choices(name, title, labels, change) {
  const row = element("div", { class: "choices" }, ...labels.map((label, index) => {
    const input = element("input", { type: "radio", name, value: index, checked: index === 0 });
    input.addEventListener("change", () => change(index));
    return element("label", {}, input, element("span", {}, label));
  }));
  return element("fieldset", {}, element("legend", {}, title), row);
}

function select(id, title, options, change) {
  const made = element("select", { id }, ...options.map(([value, label]) => element("option", { value }, label)));
  made.addEventListener("change", () => change(made.value));
  return labelled(title, made);
}

function search(id, title, change) {
  const made = element("input", { id, type: "search", autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
  made.addEventListener("input", () => change(made.value.trim()));
  return labelled(title, made);
}

function labelled(title, control) {
  return element("div", { class: "control" }, element("label", { for: control.id }, title), control);
}

/** Choices above the settings: all of them, or those in which the protocols differ. */
function addSettingsControls(section) {
  const rows = [...section.querySelectorAll("tbody tr")];
  const differing = rows.filter((row) => row.classList.contains("differing"));
  if (!differing.length || differing.length === rows.length) return;
  const chosen = { only: 0, text: "" };
  const show = () => {
    for (const row of rows) {
      const there = row.textContent.toLowerCase().includes(chosen.text.toLowerCase());
      row.hidden = !there || (chosen.only === 0 && !row.classList.contains("differing"));
    }
  };
  const place = section.querySelector(".controls");
  place.append(choices("settings-shown", "Show", ["those that differ", "all"], (index) => { chosen.only = index; show(); }));
  place.append(search("settings-text", "Settings with", (text) => { chosen.text = text; show(); }));
  show();
}
