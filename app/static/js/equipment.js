/* 设施设备: the area's choice, ticking and 移动到, the row in place. Without script every form still works. */
(function () {
  "use strict";
  var retire = document.querySelector("#retire[data-open]");
  if (retire) { window.jQuery(retire).modal("show"); }
  var page = document.getElementById("register");
  if (!page) { return; }
  var texts = JSON.parse(page.getAttribute("data-texts"));
  var fill = window.platform.fill;

  /* Another area begins at its top: place and category of the former one are left out. */
  var filters = document.getElementById("filters");
  window.jQuery("#area").on("change", function () {
    filters.querySelectorAll("input[type=hidden][name=building], input[type=hidden][name=unit]").forEach(function (one) { one.remove(); });
    filters.requestSubmit();
  });

  /* ---- the row in place ------------------------------------------------------------------------------------- */
  var row = page.querySelector("[data-row]");
  if (row) {
    row.addEventListener("input", function () { window.platform.setUnsaved(true); });
    row.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { row.querySelector("[data-cancel]").click(); }
      if (event.key === "Enter" && event.target.tagName === "SELECT") {
        event.preventDefault();
        document.getElementById("row-form").requestSubmit();
      }
    });
    row.querySelector("[data-cancel]").addEventListener("click", function () { window.platform.setUnsaved(false); });
    row.scrollIntoView({ block: "nearest" });
  }

  /* ---- ticking and 移动到 -------------------------------------------------------------------------------------- */
  var form = document.getElementById("move");
  function boxes() { return Array.prototype.slice.call(page.querySelectorAll("input[name=pick]")); }
  function ticked() { return boxes().filter(function (box) { return box.checked; }); }
  function refresh() {
    var count = ticked().length;
    boxes().forEach(function (box) { box.closest("tr").classList.toggle("is-selected", box.checked); });
    if (form) { form.querySelector("[data-picked]").textContent = count ? fill(texts.picked, { count: count }) : ""; }
    var all = page.querySelector("[data-all]");
    if (all) { all.checked = count > 0 && count === boxes().length; all.indeterminate = count > 0 && !all.checked; }
  }
  page.addEventListener("change", function (event) {
    if (event.target.matches("[data-all]")) { boxes().forEach(function (box) { box.checked = event.target.checked; }); }
    if (event.target.matches("[data-all], input[name=pick]")) { refresh(); }
  });
  if (boxes().some(function (box) { return box.checked; })) { refresh(); }

  /* Labels of the ticked ones only, when some are. */
  var labels = document.querySelector("[data-labels]");
  if (labels) {
    var everything = labels.getAttribute("href");
    labels.addEventListener("click", function () {
      var picks = ticked().map(function (box) { return "&pick=" + box.value.split(":")[0]; });
      labels.setAttribute("href", everything + picks.join(""));
    });
  }
  if (!form) { return; }

  var sure = false;
  form.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (sure || !button) { return; }
    event.preventDefault();
    var count = ticked().length;
    if (!count) { form.querySelector("[data-picked]").textContent = texts.none; return; }
    window.platform.ask(fill(texts.ask, { count: count, place: button.getAttribute("data-place") }), { label: texts.move }).then(function (yes) {
      if (!yes) { return; }
      sure = true;
      form.requestSubmit(button);
    });
  });
  form.addEventListener("click", function (event) { if (event.target.matches("[data-find-place]")) { event.stopPropagation(); } });
  var search = form.querySelector("[data-find-place]");
  search.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); } });
  search.addEventListener("input", function () {
    var words = search.value.trim();
    form.querySelectorAll("[data-move-tree] li").forEach(function (item) {
      var places = Array.prototype.slice.call(item.querySelectorAll("[data-place]"));
      item.hidden = !places.some(function (place) { return place.getAttribute("data-place").indexOf(words) >= 0; });
    });
  });
}());
