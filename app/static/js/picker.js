/* 请选择设施设备: two trees, the list, several ticked over several places, 添加 of what is missing. Needs workbench.js, several.js. */
(function () {
  "use strict";
  var dialog = document.getElementById("picker");
  if (!dialog) { return; }
  var tools = window.workbench;
  var texts = JSON.parse(dialog.getAttribute("data-texts"));
  var key = dialog.getAttribute("data-form-key");
  var form = dialog.querySelector("[data-new-form]");
  var asked = { building: "", unit: "", category: "", q: "", below: "1" };
  var list = window.chooseSeveral(dialog, texts, function () { dialog.querySelector("[data-reason]").hidden = true; });
  var rows = list.rows, chosen = list.chosen, fail = list.fail;
  var timer = 0;

  function load(address) {
    var query = new URLSearchParams();
    Object.keys(asked).forEach(function (name) { if (asked[name]) { query.set(name, asked[name]); } });
    return list.load(address, query);
  }
  window.jQuery(dialog).on("show.bs.modal", function (event) { if (event.target === dialog) { load(); } });

  /* ---- trees ------------------------------------------------------------------------------------------------- */
  function select(node) {
    var tree = node.closest("[data-tree]");
    tree.querySelectorAll(".node").forEach(function (other) { other.classList.remove("is-selected"); other.removeAttribute("aria-current"); });
    node.classList.add("is-selected");
    node.setAttribute("aria-current", "true");
    if (tree.getAttribute("data-tree") === "place") {
      asked.building = node.getAttribute("data-building");
      asked.unit = node.getAttribute("data-unit");
    } else {
      asked.category = node.getAttribute("data-category");
      if (form.elements.category_id.querySelector('option[value="' + asked.category + '"]')) { form.elements.category_id.value = asked.category; }
    }
    place();
    load();
  }
  function place() {
    var node = dialog.querySelector("[data-tree=place] .node.is-selected");
    var above = node.parentNode.closest("ul").closest("li");
    var name = function (one) { return one.firstChild.textContent.trim(); };
    var parent = above && above.querySelector(".node");
    dialog.querySelector("[data-new-place]").textContent = parent && node.getAttribute("data-unit") ? name(parent) + name(node) : name(node);
  }
  dialog.addEventListener("click", function (event) {
    var line = event.target.closest("[data-tree] summary"); // Enter on a branch is a click on its line
    var node = event.target.closest("[data-tree] .node") || (line && line.querySelector(".node"));
    var page = event.target.closest(".pagination a");
    if (node) {
      if (node.tagName === "A") { event.preventDefault(); }
      select(node);
    } else if (page) {
      event.preventDefault();
      if (page.getAttribute("href")) { load(page.getAttribute("href")); }
    }
  });
  /* ---- list -------------------------------------------------------------------------------------------------- */
  dialog.addEventListener("change", function (event) {
    event.stopPropagation();
    var box = event.target;
    if (box.matches("[data-below]")) { asked.below = box.checked ? "1" : "0"; load(); }
    if (box.matches(".page-size")) { load(box.value); }
    if (box.matches("[data-all]")) {
      rows.querySelectorAll("tbody .tick input").forEach(function (row) { row.checked = box.checked; list.follow(row); });
    } else if (box.matches("tbody .tick input")) { list.follow(box); }
  });
  dialog.addEventListener("input", function (event) {
    if (!event.target.matches("[data-search]")) { return; }
    asked.q = event.target.value.trim();
    window.clearTimeout(timer);
    timer = window.setTimeout(load, 300);
  });

  /* ---- 确定 --------------------------------------------------------------------------------------------------- */
  dialog.querySelector("[data-ok]").addEventListener("click", function () {
    fail("");
    if (!chosen.size) { fail(texts.none); return; }
    var reason = document.getElementById("picker-reason-text");
    tools.post(dialog.getAttribute("data-add"), {
      form_key: key, version: dialog.getAttribute("data-version"), equipment: Array.from(chosen.keys()), reason: reason.value
    }, texts.void).then(tools.go).catch(function (problem) {
      var body = problem.body || {};
      if (problem.cancelled) { return; }
      if (body.form_key) { key = body.form_key; }
      if (body.version) { dialog.setAttribute("data-version", body.version); }
      if (body.field === "reason") {
        var warnings = dialog.querySelector("[data-warnings]");
        warnings.replaceChildren();
        (body.details || []).forEach(function (detail) { var line = document.createElement("li"); line.textContent = detail; warnings.appendChild(line); });
        dialog.querySelector("[data-reason]").hidden = false;
        reason.focus();
      }
      fail([body.error || texts.failed].concat(body.field === "reason" ? [] : body.details || []).join("；"));
    });
  });

  /* ---- 添加设备 ----------------------------------------------------------------------------------------------- */
  var newKey = key + "n";
  /* One more: in the title, at its place and kind and at everything above them. */
  function oneMore(element) {
    element.textContent = element.textContent.replace(/\d[\d,]*/, function (text) {
      return (parseInt(text.replace(/,/g, ""), 10) + 1).toLocaleString("en-US");
    });
  }
  function grow(tree, node) {
    var counts = new Set([tree.querySelector(".node .count")]);
    for (var row = node && node.closest("li"); row; row = row.parentNode.closest("li")) { counts.add(row.querySelector(".node .count")); }
    counts.forEach(function (count) { if (count) { oneMore(count); } });
  }
  function showForm(yes) {
    form.hidden = !yes;
    rows.hidden = yes;
    if (yes) { place(); form.elements.name.focus(); }
  }
  dialog.querySelector("[data-new]").addEventListener("click", function () { showForm(true); });
  dialog.querySelector("[data-new-cancel]").addEventListener("click", function () { showForm(false); });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var data = { form_key: newKey, building_id: asked.building, unit_id: asked.unit };
    new FormData(form).forEach(function (value, name) { data[name] = value; });
    window.platform.send(dialog.getAttribute("data-equipment"), data).then(function (answer) {
      list.tick((/[?&]added=(\d+)/.exec(answer.address) || [])[1], data.name.trim(), true);
      var trees = dialog.querySelectorAll("[data-tree]");
      trees.forEach(function (tree) {
        grow(tree, tree.getAttribute("data-tree") === "place" ? tree.querySelector(".node.is-selected")
          : tree.querySelector('.node[data-category="' + data.category_id + '"]'));
      });
      oneMore(dialog.querySelector("[data-every]"));
      newKey = newKey.slice(0, 30) + Math.random().toString(36).slice(2, 12);
      form.reset();
      showForm(false);
      load();
    }).catch(function (problem) {
      if (problem.body && problem.body.form_key) { newKey = problem.body.form_key; }
      tools.tell(form, problem.body || {}, texts.failed);
    });
  });
}());
