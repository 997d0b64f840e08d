/* A list of which one row is chosen (data-pick-one): a click anywhere in the row chooses it, and the buttons that ask
   first (data-asks) name it. Without script the round buttons do the same, and nothing is asked. */
(function () {
  "use strict";
  var table = document.querySelector("[data-pick-one]");
  if (!table) { return; }

  function draw() {
    var chosen = table.querySelector("input[type=radio]:checked");
    table.querySelectorAll("tbody tr").forEach(function (row) {
      row.classList.toggle("is-selected", !!chosen && row.contains(chosen));
    });
    document.querySelectorAll("button[data-asks]").forEach(function (button) {
      if (!chosen) { button.removeAttribute("data-confirm"); return; }
      var text = button.getAttribute("data-asks");
      ["name", "login"].forEach(function (key) { text = text.split("{" + key + "}").join(chosen.getAttribute("data-" + key)); });
      button.setAttribute("data-confirm", text);
    });
  }
  table.addEventListener("click", function (event) {
    var row = event.target.closest("tbody tr");
    if (!row || event.target.closest("a, input")) { return; }
    row.querySelector("input[type=radio]").checked = true;
    draw();
  });
  table.addEventListener("change", draw);
  draw();
}());
