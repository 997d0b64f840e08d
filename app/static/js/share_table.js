/* 维修设施设备: editing of item fields and share cells. Enter goes down, a column pasted from Excel fills downwards, only
   what changed is sent, a refusal stands at its cell and nothing typed is lost. Needs shell.js and workbench.js. */
(function () {
  "use strict";
  var root = document.getElementById("items");
  /* A page, filter or item that was asked for is about the shares: they come into view, unless there is news on top. */
  var shares = document.getElementById("shares");
  if (shares && /[?&](item|page|size|q|building|unit)=/.test(window.location.search) && !document.querySelector("main > .alert")) {
    shares.scrollIntoView();
  }
  if (!root || root.getAttribute("data-editable") !== "yes") { return; }
  var tools = window.workbench;
  var texts = JSON.parse(root.getAttribute("data-texts"));
  var version = root.getAttribute("data-version");
  var key = root.getAttribute("data-form-key");
  var faults = document.getElementById("save-faults");
  var selector = ".edit-cell input, .edit-cell select";

  root.querySelectorAll(selector).forEach(function (control) { control.dataset.start = control.value; });

  function isChanged(control) {
    if (!("amount" in control.dataset)) { return control.value !== control.dataset.start; }
    var now = tools.fen(control.value || "0"), start = tools.fen(control.dataset.start || "0");
    return now === null || now !== start;
  }
  function changed() { return Array.prototype.filter.call(root.querySelectorAll(selector), isChanged); }
  function mark(control) {
    var cell = control.closest(".edit-cell");
    var wrong = "amount" in control.dataset && control.value !== "" && tools.fen(control.value) === null;
    cell.classList.toggle("is-changed", isChanged(control));
    cell.classList.toggle("is-faulty", wrong);
    control.title = wrong ? texts.number : "";
    if (wrong) { control.setAttribute("aria-invalid", "true"); } else { control.removeAttribute("aria-invalid"); }
    var count = changed().length;
    var note = document.getElementById("changed-count");
    if (note) { note.textContent = tools.fill(texts.changed, { count: count }); }
    window.platform.setUnsaved(count > 0);
  }
  root.addEventListener("input", function (event) { if (event.target.matches(selector)) { mark(event.target); } });
  root.addEventListener("change", function (event) {
    var control = event.target;
    if (!control.matches(selector)) { return; }
    var value = "amount" in control.dataset ? tools.fen(control.value) : null;
    if (value !== null) { control.value = tools.yuan(value); }
    mark(control);
  });

  /* ---- keyboard and paste, within the column -------------------------------------------------------------- */
  function column(control) {
    var cell = control.closest("td");
    var place = Array.prototype.indexOf.call(cell.parentNode.children, cell);
    return Array.prototype.map.call(cell.closest("tbody").rows, function (row) {
      return row.cells[place] && row.cells[place].querySelector("input[type=text]");
    }).filter(Boolean);
  }
  root.addEventListener("keydown", function (event) {
    if (!event.target.matches(".edit-cell input[type=text]") || event.isComposing) { return; }
    var step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) { return; }
    event.preventDefault();
    var cells = column(event.target);
    var next = cells[cells.indexOf(event.target) + step];
    if (next) { next.focus(); next.select(); }
  });
  root.addEventListener("paste", function (event) {
    if (!event.target.matches(".edit-cell input[type=text]")) { return; }
    var lines = (event.clipboardData.getData("text/plain") || "").replace(/\r/g, "").replace(/\n$/, "").split("\n");
    if (lines.length < 2) { return; }
    event.preventDefault();
    var cells = column(event.target);
    var from = cells.indexOf(event.target);
    var fit = lines.slice(0, cells.length - from);
    fit.forEach(function (line, place) {
      var control = cells[from + place];
      control.value = line.split("\t")[0].trim();
      control.dispatchEvent(new Event("change", { bubbles: true }));
    });
    if (fit.length < lines.length) { say(tools.fill(texts.pasted, { count: lines.length, filled: fit.length }), []); }
  });

  /* ---- saving ------------------------------------------------------------------------------------------------ */
  function collect() {
    var items = {}, cells = [];
    changed().forEach(function (control) {
      var row = control.closest("[data-item-row]");
      if (row) {
        var id = row.getAttribute("data-item-row");
        items[id] = items[id] || { id: id, drawn: {} };
        items[id][control.dataset.field] = control.value;
        items[id].drawn[control.dataset.field] = control.dataset.start;
      } else {
        cells.push([control.closest("[data-house]").getAttribute("data-house"), control.dataset.old, control.value]);
      }
    });
    var place = { item: root.getAttribute("data-item") };
    new URLSearchParams(window.location.search).forEach(function (value, name) { place[name] = value; });
    return { form_key: key, version: version, item: root.getAttribute("data-item"), items: Object.values(items), cells: cells, place: place };
  }
  function say(sentence, details) {
    faults.replaceChildren(document.createTextNode(sentence));
    if (details.length) {
      var list = document.createElement("ul");
      details.forEach(function (detail) {
        var line = document.createElement("li");
        line.textContent = detail;
        list.appendChild(line);
      });
      faults.appendChild(list);
    }
    faults.hidden = false;
    faults.scrollIntoView({ block: "nearest" });
  }
  function show(problem) {
    var body = problem.body || {};
    if (problem.cancelled) { return; }
    if (body.form_key) { key = body.form_key; }
    if (body.version) { version = String(body.version); }
    document.querySelectorAll("main .alert-success").forEach(function (old) { old.remove(); }); // of the save before
    say(body.error || texts.lost, body.details || []);
    Object.entries(body.cells || {}).forEach(function (entry) {
      var control = document.getElementById(entry[0]);
      if (!control) { return; }
      control.closest(".edit-cell").classList.add("is-faulty");
      control.title = entry[1];
      control.setAttribute("aria-invalid", "true");
    });
    (body.clashes || []).forEach(meet);
    if ((body.clashes || []).length) { faults.appendChild(tableOf(body.clashes)); }
    var first = document.getElementById(body.field || "");
    if (first) { first.focus(); }
  }
  /* Another has changed the same cell: from here on it counts as drawn with what stands there now, so that the next save
     goes over it knowingly. What was typed stays. */
  function meet(clash) {
    var control = document.getElementById(clash.input);
    if (!control) { return; }
    var isShare = "old" in control.dataset;
    if (isShare) { control.dataset.old = clash.now; }
    control.dataset.start = isShare ? tools.yuan(clash.now) : clash.now;
    mark(control);
    control.closest(".edit-cell").classList.add("is-faulty");
    control.title = tools.fill(texts.theirs, clash);
  }
  function tableOf(clashes) {
    var table = document.createElement("table");
    table.className = "table";
    row(table.createTHead(), texts.heads.split("|"));
    var body = table.createTBody();
    clashes.forEach(function (clash) {
      var line = row(body, [[clash.row, clash.label].filter(Boolean).join(" · "), clash.drawn, clash.theirs, clash.mine, (clash.who + " " + clash.at).trim()]);
      var take = document.createElement("button");
      take.type = "button";
      take.className = "btn btn-default btn-sm";
      take.textContent = texts.take;
      take.addEventListener("click", function () {
        var control = document.getElementById(clash.input);
        if (!control) { return; }
        control.value = control.dataset.start;
        mark(control);
        line.remove();
      });
      line.insertCell().appendChild(take);
    });
    return table;
  }
  function row(part, values) {
    var line = part.insertRow();
    values.forEach(function (value) { line.insertCell().textContent = value || "—"; });
    return line;
  }
  var busy = false;
  function save() {
    if (busy) { return Promise.reject({ cancelled: true }); }
    busy = true;
    faults.hidden = true;
    return tools.post(root.getAttribute("data-save"), collect(), texts.void)
      .finally(function () { busy = false; });
  }
  var button = document.getElementById("save-items");
  if (button) {
    button.addEventListener("click", function () { if (changed().length) { save().then(tools.go).catch(show); } });
    document.getElementById("discard").addEventListener("click", function () {
      root.querySelectorAll(selector).forEach(function (control) { control.value = control.dataset.start; mark(control); });
      faults.hidden = true;
    });
  }

  /* 预算分摊, 分摊合并, 导出分摊 work on what is stored: what was typed is saved first. Saving makes every version on the
     page older by what it stored, so the page comes again and the act is done from there. */
  var AFTER = "after-save";
  root.querySelectorAll("[data-after-save]").forEach(function (act) {
    act.addEventListener(act.tagName === "FORM" ? "submit" : "click", function (event) {
      if (!changed().length) { return; }
      event.preventDefault();
      event.stopPropagation();
      save().then(function (answer) {
        window.sessionStorage.setItem(AFTER, act.getAttribute("action") || act.getAttribute("href"));
        tools.go(answer);
      }).catch(show);
    });
  });
  var waiting = window.sessionStorage.getItem(AFTER);
  if (waiting) {
    window.sessionStorage.removeItem(AFTER);
    var act = root.querySelector('[data-after-save][action="' + waiting + '"], [data-after-save][href="' + waiting + '"]');
    if (act && act.tagName === "FORM") { act.requestSubmit(); } else if (act) { act.click(); }
  }

  /* ---- sharing range ------------------------------------------------------------------------------------------ */
  var table = document.getElementById("share-table");
  function ticked(within) {
    return Array.prototype.map.call(within.querySelectorAll("tbody .tick input:checked"), function (box) { return box.value; });
  }
  var all = document.getElementById("tick-all");
  if (all) {
    all.addEventListener("change", function () {
      table.querySelectorAll("tbody .tick input").forEach(function (box) { box.checked = all.checked; });
    });
  }
  var remove = document.getElementById("remove-ticked");
  var filter = new URLSearchParams(window.location.search);
  function take(data, question) {
    window.platform.ask(question, { danger: true }).then(function (yes) {
      if (!yes) { return; }
      tools.post(remove.getAttribute("data-address"), Object.assign({ form_key: key, version: version }, data), texts.void)
        .then(tools.go).catch(show);
    });
  }
  if (remove) {
    remove.addEventListener("click", function () {
      var houses = table ? ticked(table) : [];
      if (!houses.length) { say(texts.nothing, []); return; }
      take({ houses: houses }, tools.fill(texts.removeOne, { count: houses.length }));
    });
    var found = document.getElementById("remove-found");
    if (found) {
      found.addEventListener("click", function () {
        take({ everything: true, q: filter.get("q"), building: filter.get("building"), unit: filter.get("unit") },
          tools.fill(texts.removeAll, { count: found.getAttribute("data-count") }));
      });
    }
  }

  var dialog = document.getElementById("houses");
  if (!dialog) { return; }
  var body = dialog.querySelector("[data-body]");
  var error = dialog.querySelector("[data-error]");
  var chosen = new Set();
  var asked = { building: "", unit: "", q: "", use: "" };
  var timer = 0;
  function load(address) {
    var query = new URLSearchParams();
    Object.keys(asked).forEach(function (name) { if (asked[name]) { query.set(name, asked[name]); } });
    fetch(address || dialog.getAttribute("data-list") + "?" + query, { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw answer; } return answer.text(); })
      .then(function (html) {
        var typing = document.activeElement && document.activeElement.matches("#houses [data-search]");
        body.innerHTML = html; // drawn and escaped by the server
        body.querySelectorAll("tbody .tick input").forEach(function (box) { box.checked = chosen.has(box.value); });
        if (typing) { var search = body.querySelector("[data-search]"); search.focus(); search.setSelectionRange(search.value.length, search.value.length); }
        count();
      }).catch(function () { error.textContent = texts.failed; error.hidden = false; });
  }
  function count() {
    var list = body.querySelector("[data-count]");
    dialog.querySelector("[data-ok]").textContent = tools.fill(texts.houses, { count: chosen.size });
    dialog.querySelector("[data-all]").textContent = tools.fill(texts.allHouses, { count: list ? list.getAttribute("data-count") : 0 });
  }
  function add(data) {
    error.hidden = true;
    tools.post(dialog.getAttribute("data-add"), Object.assign({ form_key: key, version: version }, data), texts.void)
      .then(tools.go).catch(function (problem) {
        if (problem.cancelled) { return; }
        if (problem.body && problem.body.form_key) { key = problem.body.form_key; }
        if (problem.body && problem.body.version) { version = String(problem.body.version); }
        error.textContent = [(problem.body || {}).error || texts.failed].concat((problem.body || {}).details || []).join("；");
        error.hidden = false;
      });
  }
  window.jQuery(dialog).on("show.bs.modal", function (event) { if (event.target === dialog) { load(); } });
  dialog.addEventListener("click", function (event) {
    var line = event.target.closest("summary");
    var node = event.target.closest(".node") || (line && line.querySelector(".node"));
    var page = event.target.closest(".pagination a");
    if (node) {
      if (node.tagName === "A") { event.preventDefault(); }
      asked.building = node.getAttribute("data-building");
      asked.unit = node.getAttribute("data-unit");
      load();
    } else if (page) {
      event.preventDefault();
      if (page.getAttribute("href")) { load(page.getAttribute("href")); }
    }
  });
  dialog.addEventListener("change", function (event) {
    event.stopPropagation();
    var box = event.target;
    if (box.matches("[data-use]")) { asked.use = box.value; load(); }
    if (box.matches(".page-size")) { load(box.value); }
    if (box.matches("[data-all-rows]")) {
      body.querySelectorAll("tbody .tick input").forEach(function (row) { row.checked = box.checked; chosen[box.checked ? "add" : "delete"](row.value); });
    } else if (box.matches("tbody .tick input")) { chosen[box.checked ? "add" : "delete"](box.value); }
    count();
  });
  dialog.addEventListener("input", function (event) {
    if (!event.target.matches("[data-search]")) { return; }
    asked.q = event.target.value.trim();
    window.clearTimeout(timer);
    timer = window.setTimeout(load, 300);
  });
  dialog.querySelector("[data-ok]").addEventListener("click", function () { add({ houses: Array.from(chosen) }); });
  dialog.querySelector("[data-all]").addEventListener("click", function () { add(Object.assign({ everything: true }, asked)); });
}());
