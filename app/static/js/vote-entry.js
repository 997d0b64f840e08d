/* 录入投票表决结果: draws the rows from the page's JSON, counts both scales exactly as the server does (whole numbers
   only), saves changed rows. The server counts again when the vote is ended; nothing here decides. */
(function () {
  "use strict";

  var HOUSE = 0, LABEL = 1, OWNER = 2, AREA = 3, HEAD = 4, ANSWER = 5, BUILDING = 6, UNPROVEN = 7, ONLINE = 8;
  var AGREE = 0, AGAINST = 1, ABSTAIN = 2, NONE = 3;
  var TALLY = ["agree", "against", "abstain", "not_voted"];
  var KEYS = { "1": AGREE, "2": AGAINST, "3": ABSTAIN, "0": NONE };

  var root = document.getElementById("vote-entry");
  if (!root) { return; }
  var data = JSON.parse(document.getElementById("vote-data").textContent);
  var words = document.getElementById("vote-words").dataset;
  var body = document.getElementById("vote-rows");
  var numberField = document.getElementById("vote-number");
  var version = data.version, formKey = root.dataset.formKey, storedNumber = numberField.value;
  var changed = new Map(), clashes = new Map(), onServer = new Map(), shown = [], selected = -1, page = 1, size = 50, only = "all", saving = false;

  function byId(id) { return document.getElementById(id); }
  function say(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_all, name) { return values[name]; });
  }
  function squareMetres(hundredths) {
    var whole = Math.floor(hundredths / 100), rest = String(hundredths % 100).padStart(2, "0");
    return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",") + "." + rest;
  }

  /* ---- counting: the same rules as domain/voting.py ---- */
  function answerOf(row) { return row[ANSWER] < 0 ? NONE : row[ANSWER]; }
  function headAnswers() {
    var heads = [];
    data.rows.forEach(function (row) {
      var seen = heads[row[HEAD]] || (heads[row[HEAD]] = [0, 0, 0, 0]);
      seen[answerOf(row)] += 1;
    });
    return heads.map(function (seen) {
      if (seen[AGAINST]) { return AGAINST; }
      if (seen[ABSTAIN]) { return ABSTAIN; }
      return seen[AGREE] ? AGREE : NONE;
    });
  }
  function tallyOf(pairs) {
    var sums = [0, 0, 0, 0];
    pairs.forEach(function (pair) { sums[pair[0]] += pair[1]; });
    var total = sums[0] + sums[1] + sums[2] + sums[3];
    return { agree: sums[0], against: sums[1], abstain: sums[2], not_voted: sums[3], total: total, taking_part: total - sums[3] };
  }
  function needed(condition, tally) {
    var product = condition.numerator * tally[condition.base];
    return condition.above ? Math.floor(product / condition.denominator) + 1
      : Math.max(1, Math.ceil(product / condition.denominator));
  }
  function count() {
    var area = tallyOf(data.rows.map(function (row) { return [answerOf(row), row[AREA]]; }));
    var heads = tallyOf(headAnswers().map(function (answer) { return [answer, 1]; }));
    var houses = tallyOf(data.rows.map(function (row) { return [answerOf(row), 1]; }));
    var thresholds = [];
    data.conditions.forEach(function (condition) {
      [["area", area], ["heads", heads]].forEach(function (scale) {
        var tally = scale[1], counted = tally[condition.counted], base = tally[condition.base];
        var least = needed(condition, tally);
        thresholds.push({ scale: scale[0], counted: counted, base: base, needed: least, missing: Math.max(0, least - counted), spare: Math.max(0, counted - least) });
      });
    });
    return { houses: houses, heads: heads, thresholds: thresholds,
             passed: thresholds.every(function (row) { return row.missing === 0; }) };
  }
  function drawCount() {
    var result = count();
    document.querySelectorAll("#vote-meters .meter").forEach(function (meter, at) {
      var row = result.thresholds[at], hundredths = row.base ? Math.floor(row.counted * 10000 / row.base) : 0;
      var bar = meter.querySelector("progress"), ofArea = row.scale === "area";
      bar.value = hundredths;
      bar.className = row.missing ? "is-short" : "is-good";
      meter.querySelector("strong").textContent = Math.floor(hundredths / 100) + "." + String(hundredths % 100).padStart(2, "0") + "%";
      var told = { unit: ofArea ? words.ofArea : words.ofHeads };
      ["counted", "base", "needed", "missing", "spare"].forEach(function (name) { told[name] = ofArea ? squareMetres(row[name]) : row[name]; });
      meter.querySelector(".meter-figures").textContent = say(words.figures, told);
      var note = meter.querySelector(".meter-note");
      note.textContent = say(row.missing ? words.lack : row.spare ? words.met : words.just, told);
      note.classList.toggle("text-danger", row.missing > 0);
    });
    TALLY.concat("total").forEach(function (name) {
      document.querySelector("[data-tally=" + name + "]").textContent = say(words.tally, { houses: result.houses[name], heads: result.heads[name] });
    });
    var verdict = byId("vote-verdict");
    verdict.textContent = result.passed ? words.reached : words.short;
    verdict.className = "state " + (result.passed ? "state-passed" : "state-waiting");
    document.querySelector("[data-number=open]").textContent = data.rows.filter(function (row) { return row[ANSWER] < 0; }).length;
    return result;
  }

  /* ---- the table ---- */
  function choose() {
    var text = byId("vote-search").value.trim(), building = byId("vote-building").value;
    shown = [];
    data.rows.forEach(function (row, at) {
      if (building && String(row[BUILDING]) !== building) { return; }
      if (only === "open" && row[ANSWER] >= 0 && !changed.has(row[HOUSE])) { return; }
      if (text && row[LABEL].indexOf(text) < 0 && row[OWNER].indexOf(text) < 0) { return; }
      shown.push(at);
    });
  }
  function cell(className, text, label) {
    var made = document.createElement("td");
    made.className = className;
    made.textContent = text;
    if (label) { made.setAttribute("data-label", label); }
    return made;
  }
  function drawChoices(row) {
    var made = document.createElement("td"), group = document.createElement("div");
    group.className = "choices";
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", say(words.opinion, { house: row[LABEL] }));
    data.choices.forEach(function (choice, at) {
      var label = document.createElement("label"), input = document.createElement("input"), span = document.createElement("span");
      label.className = "is-" + choice[0];
      input.type = "radio";
      input.name = "answer-" + row[HOUSE];
      input.value = at;
      input.checked = row[ANSWER] === at;
      input.disabled = Boolean(row[ONLINE]);
      span.textContent = choice[1];
      label.append(input, span);
      group.append(label);
    });
    made.append(group);
    if (clashes.has(row[HOUSE])) { made.append(clashNote(clashes.get(row[HOUSE]))); }
    if (row[ONLINE]) { made.append(" " + words.online); }
    return made;
  }
  function clashNote(answer) {
    var note = document.createElement("p");
    note.className = "field-error";
    note.textContent = say(words.theirs, { answer: answer < 0 ? data.choices[NONE][1] : data.choices[answer][1] });
    return note;
  }
  function draw() {
    var heads = document.querySelectorAll("#vote-entry thead th");
    var pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(1, page), pages);
    var first = (page - 1) * size, rows = shown.slice(first, first + size), lines = document.createDocumentFragment();
    rows.forEach(function (at) {
      var row = data.rows[at], line = document.createElement("tr");
      line.dataset.at = at;
      if (changed.has(row[HOUSE])) { line.classList.add("is-changed"); }
      if (at === selected) { line.classList.add("is-selected"); }
      line.append(cell("seq", at + 1), cell("main-cell", row[LABEL]),
        cell("nowrap", row[OWNER] + (row[UNPROVEN] ? " *" : ""), heads[2].textContent),
        cell("num narrow-skip", squareMetres(row[AREA]), heads[3].textContent), drawChoices(row));
      lines.append(line);
    });
    if (!rows.length) {
      var empty = document.createElement("tr"), nothing = cell("text-muted", words.nothing);
      nothing.colSpan = 5;
      empty.append(nothing);
      lines.append(empty);
    }
    body.replaceChildren(lines);
    byId("vote-range").textContent = rows.length
      ? say(words.range, { first: first + 1, last: first + rows.length, total: shown.length }) : words.nothing;
    byId("vote-back").disabled = page === 1;
    byId("vote-forward").disabled = page === pages;
  }
  function redraw() { choose(); page = 1; draw(); }

  /* ---- what is typed ---- */
  function put(at, answer) {
    var row = data.rows[at];
    if (row[ONLINE] || row[ANSWER] === answer) { return false; }
    row[ANSWER] = answer;
    changed.set(row[HOUSE], answer);
    return true;
  }
  function afterChange() {
    var number = changed.size, renamed = numberField.value.trim() !== storedNumber;
    window.platform.setUnsaved(number > 0 || renamed);
    byId("vote-unsaved").hidden = number === 0;
    byId("vote-unsaved").textContent = say(words.unsaved, { count: number });
    return drawCount();
  }
  body.addEventListener("change", function (event) {
    var line = event.target.closest("tr[data-at]");
    if (!line || event.target.type !== "radio") { return; }
    put(Number(line.dataset.at), Number(event.target.value));
    line.classList.add("is-changed");
    afterChange();
  });
  function focusLine(line) {
    if (!line || !line.dataset.at) { return; }
    var input = line.querySelector("input:checked") || line.querySelector("input");
    if (input) { input.focus(); }
  }
  body.addEventListener("focusin", function (event) {
    var line = event.target.closest("tr[data-at]");
    body.querySelectorAll("tr.is-selected").forEach(function (row) { if (row !== line) { row.classList.remove("is-selected"); } });
    if (line) {
      selected = Number(line.dataset.at);
      line.classList.add("is-selected");
    }
  });
  body.addEventListener("keydown", function (event) {
    var line = event.target.closest("tr[data-at]");
    if (!line || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key in KEYS) {
      event.preventDefault();
      if (put(Number(line.dataset.at), KEYS[event.key])) {
        line.querySelectorAll("input")[KEYS[event.key]].checked = true;
        line.classList.add("is-changed");
        afterChange();
      }
      goTo(line, 1);
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      goTo(line, 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      goTo(line, -1);
    }
  });
  /* The next or the one before, over the page's edge too. */
  function goTo(line, step) {
    var next = step > 0 ? line.nextElementSibling : line.previousElementSibling;
    var place = shown.indexOf(Number(line.dataset.at)) + step;
    if (!next && place >= 0 && place < shown.length) {
      page += step;
      draw();
      next = step > 0 ? body.firstElementChild : body.lastElementChild;
    }
    focusLine(next || line);
  }

  /* ---- a column pasted from Excel: downwards from the chosen row, through all pages, all or nothing ---- */
  function answerIn(text) {
    var told = text.split("\t").map(function (part) { return part.trim(); });
    for (var at = told.length - 1; at >= 0; at -= 1) {
      if (told[at] in KEYS) { return KEYS[told[at]]; }
      var found = data.choices.findIndex(function (choice) { return choice[1] === told[at] || choice[0] === told[at]; });
      if (found >= 0) { return found; }
    }
    return told.join("") ? null : undefined; // null: no answer; undefined: an empty line, which leaves its house as it is
  }
  function paste(lines, first) {
    var rows = shown.slice(first), answers = lines.map(answerIn), wrong = answers.indexOf(null);
    if (wrong >= 0) { return tell(say(words.pasteWrong, { line: wrong + 1, text: lines[wrong].trim() }), true); }
    if (lines.length > rows.length) { return tell(say(words.pasteLong, { lines: lines.length, rows: rows.length }), true); }
    var count = 0;
    answers.forEach(function (answer, at) { if (answer !== undefined && put(rows[at], answer)) { count += 1; } });
    draw();
    afterChange();
    return tell(say(words.pasted, { count: count }), false);
  }
  function tell(text, failed) {
    byId("vote-saved").className = (failed ? "text-danger" : "text-muted") + " small";
    byId("vote-saved").textContent = text;
  }
  document.addEventListener("paste", function (event) {
    var line = body.querySelector("tr.is-selected[data-at]");
    if (!line || event.target.matches("input[type=search], input[type=text], input:not([type]), textarea")) { return; }
    var text = (event.clipboardData.getData("text/plain") || "").replace(/\r/g, "").replace(/\n$/, "");
    if (!text) { return; }
    event.preventDefault();
    paste(text.split("\n"), shown.indexOf(Number(line.dataset.at)));
  });
  root.addEventListener("click", function (event) {
    var link = event.target.closest("[data-fill]");
    if (!link) { return; }
    event.preventDefault();
    var answer = data.choices.findIndex(function (choice) { return choice[0] === link.dataset.fill; });
    var all = link.hasAttribute("data-fill-all");
    var rows = shown.filter(function (at) {
      return !data.rows[at][ONLINE] && data.rows[at][ANSWER] !== answer && (all || data.rows[at][ANSWER] < 0);
    });
    if (!rows.length) { return; }
    window.platform.ask(say(words.fill, { count: rows.length, answer: data.choices[answer][1] })).then(function (yes) {
      if (!yes) { return; }
      rows.forEach(function (at) { put(at, answer); });
      draw();
      afterChange();
    });
  });

  /* ---- filter and pages ---- */
  byId("vote-filter").addEventListener("submit", function (event) { event.preventDefault(); redraw(); });
  byId("vote-search").addEventListener("input", redraw);
  byId("vote-building").addEventListener("change", redraw);
  byId("vote-size").addEventListener("change", function (event) { size = Number(event.target.value); redraw(); });
  byId("vote-back").addEventListener("click", function () { page -= 1; draw(); });
  byId("vote-forward").addEventListener("click", function () { page += 1; draw(); });
  document.querySelectorAll("[data-only]").forEach(function (chip) {
    chip.addEventListener("click", function () {
      only = chip.dataset.only;
      document.querySelectorAll("[data-only]").forEach(function (other) {
        other.classList.toggle("active", other === chip);
        other.setAttribute("aria-pressed", String(other === chip));
      });
      redraw();
    });
  });

  /* ---- saving ---- */
  function numberError(text) {
    var group = numberField.closest(".form-group"), note = group.querySelector(".field-error");
    group.classList.toggle("has-error", Boolean(text));
    numberField.setAttribute("aria-invalid", text ? "true" : "false");
    if (!note) {
      note = document.createElement("p");
      note.className = "field-error";
      note.id = "vote-number-error";
      numberField.setAttribute("aria-describedby", note.id);
      group.append(note);
    }
    note.textContent = text;
    if (text) { numberField.focus(); }
  }
  function save() {
    if (saving) { return Promise.reject(new Error("saving")); }
    if (!changed.size && numberField.value.trim() === storedNumber) { return Promise.resolve(); }
    var sent = new Map(changed), answers = {};
    sent.forEach(function (answer, house) { answers[house] = data.choices[answer][0]; });
    saving = true;
    return window.platform.send(root.dataset.answers, { form_key: formKey, version: version, number: numberField.value, answers: answers })
      .then(function (stored) {
        version = stored.version;
        formKey = stored.form_key;
        storedNumber = numberField.value = stored.number;
        sent.forEach(function (answer, house) {
          onServer.set(house, answer);
          clashes.delete(house);
          if (changed.get(house) === answer) { changed.delete(house); }
        });
        document.querySelectorAll("input[name=version]").forEach(function (field) { field.value = version; });
        body.querySelectorAll("tr.is-changed").forEach(function (line) {
          if (!changed.has(data.rows[Number(line.dataset.at)][HOUSE])) { line.classList.remove("is-changed"); }
        });
        numberError("");
        tell(say(words.saved, { time: new Date().toTimeString().slice(0, 5) }), false);
        afterChange();
      })
      .catch(function (failure) {
        var text = (failure.body && failure.body.error) || (failure.status === 409 ? words.stale : words.failed);
        if (failure.body && failure.body.field === "number") { numberError(text); }
        tell(text, true);
        if (failure.status === 409) { takeOver(); }
        throw failure;
      })
      .finally(function () { saving = false; });
  }
  /* Another clerk has saved since: what they entered comes into the page, what was entered here stays and waits for
     the next save; where both entered the same house otherwise, the row says so. */
  function takeOver() {
    fetch(root.dataset.now, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (now) {
        if (!now.open) { tell(words.over, true); return; }
        var count = 0;
        data.rows.forEach(function (row) {
          var house = row[HOUSE], theirs = now.answers[house];
          if (!theirs || theirs[0] === onServer.get(house)) { return; }
          count += 1;
          onServer.set(house, theirs[0]);
          row[ONLINE] = theirs[1] ? 1 : 0;
          if (changed.get(house) === theirs[0] || row[ONLINE]) { changed.delete(house); }
          if (changed.has(house)) { clashes.set(house, theirs[0]); } else { row[ANSWER] = theirs[0]; }
        });
        version = now.version;
        formKey = now.form_key;
        if (numberField.value.trim() === storedNumber) { numberField.value = now.number; }
        storedNumber = now.number;
        document.querySelectorAll("input[name=version]").forEach(function (field) { field.value = version; });
        draw();
        afterChange();
        tell(say(clashes.size ? words.clashes : words.merged, { count: count, clashes: clashes.size }), true);
      })
      .catch(function () { tell(words.stale, true); });
  }
  byId("vote-save").addEventListener("click", function () { save().catch(function () {}); });
  numberField.addEventListener("input", function () { numberError(""); afterChange(); });

  /* 结束表决: save first, then ask with the figures. */
  var closing = byId("vote-close"), agreed = false;
  closing.addEventListener("submit", function (event) {
    if (agreed) { return; }
    event.preventDefault();
    save().then(function () {
      var result = count();
      return window.platform.ask(say(result.passed ? words.closePassed : words.closeFailed, {
        agree: result.houses.agree, against: result.houses.against, abstain: result.houses.abstain, none: result.houses.not_voted
      }), { label: words.close });
    }).then(function (yes) {
      if (yes) { agreed = true; closing.requestSubmit(); }
    }).catch(function () {});
  });

  /* Forms that leave the page (scans) take along what was typed. */
  document.querySelectorAll("form[data-save-first]").forEach(function (form) {
    var saved = false;
    form.addEventListener("submit", function (event) {
      if (saved || (!changed.size && numberField.value.trim() === storedNumber)) { return; }
      event.preventDefault();
      save().then(function () { saved = true; form.requestSubmit(event.submitter || undefined); }).catch(function () {});
    });
  });

  data.rows.forEach(function (row) { onServer.set(row[HOUSE], row[ANSWER]); });
  choose();
  draw();
  afterChange();
}());
