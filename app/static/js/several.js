/* Choosing several rows of a dialog's list: ticks are kept over searches and pages, and stand below as chips.
   Used by 请选择设施设备 and 请选择物业区域; `changed` is called after every tick. */
(function () {
  "use strict";
  window.chooseSeveral = function (dialog, texts, changed) {
    var fill = window.platform.fill;
    var rows = dialog.querySelector("[data-rows]");
    var error = dialog.querySelector("[data-error]");
    var chosen = new Map();

    function fail(text) { error.textContent = text; error.hidden = !text; }
    function paint(box) { box.closest("tr").classList.toggle("is-selected", box.checked); }
    function draw(html) {
      rows.innerHTML = html; // drawn and escaped by the server
      rows.querySelectorAll("tbody .tick input").forEach(function (box) { box.checked = chosen.has(box.value); paint(box); });
    }
    function load(address, query) {
      return fetch(address || dialog.getAttribute("data-list") + "?" + query, { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" })
        .then(function (answer) { if (!answer.ok) { throw answer; } return answer.text(); })
        .then(draw).catch(function () { fail(texts.failed); });
    }
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
        cross.setAttribute("aria-label", fill(texts.unpick, { name: label }));
        cross.addEventListener("click", function () {
          tick(number, label, false);
          var box = rows.querySelector('.tick input[value="' + number + '"]');
          if (box) { box.checked = false; paint(box); }
        });
        chip.appendChild(cross);
        chips.appendChild(chip);
      });
      dialog.querySelector("[data-ok]").textContent = fill(texts.chosen, { count: chosen.size });
      if (changed) { changed(); }
    }
    function follow(box) { paint(box); tick(box.value, box.dataset.name, box.checked); }
    return { rows: rows, chosen: chosen, fail: fail, load: load, tick: tick, follow: follow };
  };
}());
