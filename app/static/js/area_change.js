/* 请选择物业区域: search, several ticked over several searches and pages, 确定 puts them into the form and sends it. Needs several.js. */
(function () {
  "use strict";
  var dialog = document.getElementById("area-picker");
  if (!dialog) { return; }
  var texts = JSON.parse(dialog.getAttribute("data-texts"));
  var form = document.getElementById(dialog.getAttribute("data-form"));
  var search = dialog.querySelector("[data-search]");
  var list = window.chooseSeveral(dialog, texts);

  function load(address) {
    var query = new URLSearchParams({ search: search.elements.search.value.trim() });
    list.fail("");
    return list.load(address, query);
  }
  window.jQuery(dialog).on("shown.bs.modal", function () { search.elements.search.focus(); });
  search.addEventListener("submit", function (event) { event.preventDefault(); event.stopPropagation(); load(); });
  list.rows.addEventListener("change", function (event) {
    event.stopPropagation();
    if (event.target.matches(".page-size")) { load(event.target.value); }
    if (event.target.matches(".tick input")) { list.follow(event.target); }
  });
  list.rows.addEventListener("click", function (event) {
    var page = event.target.closest(".pagination a");
    if (!page) { return; }
    event.preventDefault();
    if (page.getAttribute("href")) { load(page.getAttribute("href")); }
  });
  dialog.querySelector("[data-ok]").addEventListener("click", function () {
    if (!list.chosen.size) { list.fail(texts.none); return; }
    list.chosen.forEach(function (label, id) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = "add";
      field.value = id;
      form.appendChild(field);
    });
    form.requestSubmit(form.querySelector("[data-add-areas]"));
  });
}());
