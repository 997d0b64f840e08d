/* 请选择物业区域: search, several ticked over several searches and pages, 确定 puts them into the form and sends it. */
(function () {
  "use strict";
  var dialog = document.getElementById("area-picker");
  if (!dialog) { return; }
  var texts = JSON.parse(dialog.getAttribute("data-texts"));
  var form = document.getElementById(dialog.getAttribute("data-form"));
  var rows = dialog.querySelector("[data-rows]");
  var error = dialog.querySelector("[data-error]");
  var search = dialog.querySelector("[data-search]");
  var chosen = new Map();

  function filled(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) { return name in values ? values[name] : whole; });
  }
  function fail(text) { error.textContent = text; error.hidden = !text; }
  function load(address) {
    var query = new URLSearchParams({ search: search.elements.search.value.trim() });
    return fetch(address || dialog.getAttribute("data-list") + "?" + query, { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw answer; } return answer.text(); })
      .then(function (html) {
        rows.innerHTML = html; // drawn and escaped by the server
        rows.querySelectorAll(".tick input").forEach(function (box) { box.checked = chosen.has(box.value); paint(box); });
        fail("");
      }).catch(function () { fail(texts.failed); });
  }
  function paint(box) { box.closest("tr").classList.toggle("is-selected", box.checked); }
  function tick(id, name, yes) {
    if (yes) { chosen.set(id, name); } else { chosen.delete(id); }
    var chips = dialog.querySelector("[data-chips]");
    chips.replaceChildren();
    chosen.forEach(function (label, number) {
      var chip = document.createElement("li");
      var cross = document.createElement("button");
      chip.className = "chip active";
      chip.textContent = label + " ";
      cross.type = "button";
      cross.textContent = "×";
      cross.setAttribute("aria-label", filled(texts.unpick, { name: label }));
      cross.addEventListener("click", function () {
        tick(number, label, false);
        var box = rows.querySelector('.tick input[value="' + number + '"]');
        if (box) { box.checked = false; paint(box); }
      });
      chip.appendChild(cross);
      chips.appendChild(chip);
    });
    dialog.querySelector("[data-ok]").textContent = filled(texts.chosen, { count: chosen.size });
  }
  window.jQuery(dialog).on("shown.bs.modal", function () { search.elements.search.focus(); });
  search.addEventListener("submit", function (event) { event.preventDefault(); event.stopPropagation(); load(); });
  rows.addEventListener("change", function (event) {
    event.stopPropagation();
    if (event.target.matches(".page-size")) { load(event.target.value); }
    if (event.target.matches(".tick input")) { paint(event.target); tick(event.target.value, event.target.dataset.name, event.target.checked); }
  });
  rows.addEventListener("click", function (event) {
    var page = event.target.closest(".pagination a");
    if (!page) { return; }
    event.preventDefault();
    if (page.getAttribute("href")) { load(page.getAttribute("href")); }
  });
  dialog.querySelector("[data-ok]").addEventListener("click", function () {
    if (!chosen.size) { fail(texts.none); return; }
    chosen.forEach(function (label, id) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = "add";
      field.value = id;
      form.appendChild(field);
    });
    form.requestSubmit(form.querySelector("[data-add-areas]"));
  });
}());
