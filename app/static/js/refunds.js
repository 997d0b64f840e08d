/* 资金清退 is drawn open by the server: the keyboard stays inside it, Escape goes back to the project. */
(function () {
  "use strict";
  var dialog = document.getElementById("refund-dialog");
  if (!dialog) { return; }
  function stops() {
    return Array.prototype.filter.call(dialog.querySelectorAll("a[href], button, input, select"), function (part) {
      return !part.disabled && part.type !== "hidden" && part.offsetParent !== null;
    });
  }
  var faulty = dialog.querySelector(".has-error input, .has-error select");
  (faulty || stops()[0]).focus();
  dialog.addEventListener("keydown", function (event) {
    var all = stops(), end = event.shiftKey ? all[0] : all[all.length - 1];
    if (event.key === "Escape") {
      window.location.assign(dialog.getAttribute("data-back"));
    } else if (event.key === "Tab" && document.activeElement === end) {
      event.preventDefault();
      all[event.shiftKey ? all.length - 1 : 0].focus();
    }
  });
}());
