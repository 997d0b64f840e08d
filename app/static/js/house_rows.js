/* Rows of parts and owners: added, removed, moved up; the parts' areas summed against the whole. */
(function () {
  "use strict";
  var form = document.getElementById("house-change");
  if (!form) { return; }
  var body = form.querySelector("[data-rows]");
  var blank = document.getElementById("blank-row");
  var whole = parseInt(form.getAttribute("data-whole") || "0", 10);
  var texts = JSON.parse(form.getAttribute("data-texts") || "{}");

  function rows() { return Array.prototype.slice.call(body.querySelectorAll("[data-row]")); }
  function hundredths(text) {
    var plain = text.replace(/[,\s，]/g, "");
    return /^\d{1,9}(\.\d{1,2})?$/.test(plain) ? Math.round(parseFloat(plain) * 100) : 0;
  }
  function shown(value) {
    return (value / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }
  function sum() {
    var place = form.querySelector("[data-sum]");
    if (!place) { return; }
    var total = rows().reduce(function (before, row) {
      return before + hundredths(row.querySelector("[name=floor_area]").value);
    }, 0);
    var gap = form.querySelector("[data-gap]");
    place.textContent = shown(total);
    gap.textContent = total === whole ? texts.equal : (total < whole ? texts.short : texts.over).replace("{gap}", shown(Math.abs(whole - total)));
    gap.className = total === whole ? "text-success" : "text-danger";
  }
  function touched() {
    if (window.platform) { window.platform.setUnsaved(true); }
    sum();
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-add-row], [data-remove-row], [data-move-up]");
    if (!button) { return; }
    var row = button.closest("[data-row]");
    if (button.hasAttribute("data-add-row")) {
      body.append(blank.content.cloneNode(true));
      var first = body.lastElementChild.querySelector("input:not([type=hidden])");
      if (first) { first.focus(); }
    } else if (button.hasAttribute("data-move-up")) {
      if (row.previousElementSibling) { row.previousElementSibling.before(row); }
    } else if (rows().length > 1) {
      row.remove();
    } else {
      row.querySelectorAll("input:not([type=hidden])").forEach(function (input) { input.value = ""; });
    }
    touched();
  });
  body.addEventListener("input", sum);
  sum();
  var figures = document.getElementById("figures");
  if (figures) { figures.scrollIntoView({ block: "nearest" }); }
}());
