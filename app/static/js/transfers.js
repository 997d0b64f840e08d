/* Payee lines: tick all that can be ticked; say how many are ticked and what they add up to. */
(function () {
  "use strict";
  var all = document.querySelector("[data-pick-all]");
  if (!all) { return; }
  var boxes = Array.prototype.slice.call(document.querySelectorAll("input[name=pick]:not(:disabled)"));
  var told = document.querySelector("[data-picked]");
  var chinese = window.platform ? window.platform.isChinese : true;
  function draw() {
    var picked = boxes.filter(function (box) { return box.checked; });
    boxes.forEach(function (box) { box.closest("tr").classList.toggle("is-selected", box.checked); });
    all.checked = picked.length > 0 && picked.length === boxes.length;
    if (told) {
      var fen = picked.reduce(function (sum, box) { return sum + Number(box.getAttribute("data-amount")); }, 0);
      var yuan = (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
      told.textContent = chinese ? "已选 " + picked.length + " 笔，" + yuan + " 元" : picked.length + " selected, " + yuan + " yuan";
    }
  }
  all.addEventListener("change", function () {
    boxes.forEach(function (box) { box.checked = all.checked; });
    draw();
  });
  boxes.forEach(function (box) { box.addEventListener("change", draw); });
  draw();
}());
