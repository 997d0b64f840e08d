/* The project workbench: posts of its dialogs (with the question about a vote at stake), quick-add of a contractor,
   and the rows of the payout plan. Needs shell.js. */
(function () {
  "use strict";

  /* "有 {count} 处" with its numbers. */
  var fill = window.platform.fill;

  /* Yuan as typed → fen, or null: thousands separators and full-width signs are read like on the server. */
  function fen(text) {
    var plain = text.replace(/[０-９]/g, function (sign) { return String.fromCharCode(sign.charCodeAt(0) - 65248); })
      .replace(/[，]/g, ",").replace(/[．。]/g, ".").replace(/[¥￥元\s]/g, "");
    if (!/^\d{1,3}(,\d{3})+(\.\d{1,2})?$|^\d+(\.\d{1,2})?$/.test(plain)) { return null; }
    var parts = plain.replace(/,/g, "").split(".");
    var value = parseInt(parts[0], 10) * 100 + parseInt(((parts[1] || "") + "00").slice(0, 2), 10);
    return value <= 99999999999999 ? value : null;
  }
  function yuan(value) {
    var sign = value < 0 ? "-" : "";
    var cents = Math.abs(value);
    return sign + String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ",") + "." + ("0" + (cents % 100)).slice(-2);
  }

  /* Post JSON; a vote at stake is asked about once and the same is sent again with the answer. */
  function post(address, data, question) {
    return window.platform.send(address, data).catch(function (problem) {
      var body = problem.body || {};
      if (!body.void_vote) { throw problem; }
      return window.platform.ask(body.error, { label: question, danger: true }).then(function (yes) {
        if (!yes) { throw { status: 0, cancelled: true, body: {} }; }
        return window.platform.send(address, Object.assign({}, data, { void_vote: body.void_vote, form_key: body.form_key }));
      });
    });
  }
  function go(answer) {
    window.platform.setUnsaved(false);
    if (!answer.address) { window.location.reload(); return; }
    var here = window.location.pathname + window.location.search;
    window.location.href = answer.address;
    if (answer.address === here) { window.location.reload(); }
  }
  /* What a refusal says, at its field if the form has it, else in the form's own line. */
  function tell(form, body, otherwise) {
    form.querySelectorAll("[data-error-of]").forEach(function (line) { line.hidden = true; line.textContent = ""; });
    var line = form.querySelector('[data-error-of="' + (body.field || "") + '"]') || form.querySelector('[data-error-of=""]');
    line.textContent = [body.error || otherwise].concat(body.details || []).join("；");
    line.hidden = false;
    var control = body.field && form.querySelector('[name="' + body.field + '"]');
    if (control) { control.focus(); }
  }
  window.workbench = { fill: fill, fen: fen, yuan: yuan, post: post, go: go, tell: tell };

  /* ---- 添加施工单位 ---------------------------------------------------------------------------------------- */
  var contractor = document.querySelector("#contractor form");
  if (contractor) {
    var contractorKey = contractor.getAttribute("data-form-key");
    contractor.addEventListener("submit", function (event) {
      event.preventDefault();
      var data = { form_key: contractorKey };
      new FormData(contractor).forEach(function (value, name) { data[name] = value; });
      window.platform.send(contractor.getAttribute("data-address"), data).then(function (answer) {
        var id = (/[?&]contractor=(\d+)/.exec(answer.address) || [])[1];
        var empty = [];
        document.querySelectorAll("select[data-field=contractor]").forEach(function (select) {
          select.add(new Option(data.name.trim(), id));
          if (!select.value) { empty.push(select); }
        });
        if (empty.length === 1) { empty[0].value = id; empty[0].dispatchEvent(new Event("change", { bubbles: true })); }
        contractor.reset();
        contractorKey = contractorKey.slice(0, 30) + Math.random().toString(36).slice(2, 12);
        window.jQuery("#contractor").modal("hide");
      }).catch(function (problem) {
        if (problem.body && problem.body.form_key) { contractorKey = problem.body.form_key; }
        tell(contractor, problem.body || {}, "");
      });
    });
  }

  /* ---- 拨付计划 --------------------------------------------------------------------------------------------- */
  var plan = document.getElementById("plan");
  if (!plan) { return; }
  var texts = JSON.parse(plan.getAttribute("data-texts"));
  var fund = parseInt(plan.getAttribute("data-fund"), 10);
  var rows = document.getElementById("phases");
  var template = document.getElementById("phase-row");

  function byPercent() { return plan.querySelector("[name=mode]:checked").value === "percent"; }
  function hundredths(text) {
    var plain = text.replace(/[%％\s]/g, "");
    return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? Math.round(parseFloat(plain) * 100) : null;
  }
  /* Largest remainder, ties to the earlier row, as the server does; BigInt, as fund × percent outgrows a double. */
  function split(percents) {
    var whole = BigInt(fund);
    var rest = [], parts = percents.map(function (percent, place) {
      var product = whole * BigInt(percent);
      rest.push({ place: place, left: product % 10000n });
      return product / 10000n;
    });
    var missing = whole - parts.reduce(function (sum, part) { return sum + part; }, 0n);
    rest.sort(function (a, b) { return a.left === b.left ? a.place - b.place : (a.left < b.left ? 1 : -1); });
    for (var place = 0; place < Number(missing); place += 1) { parts[rest[place].place] += 1n; }
    return parts.map(Number);
  }
  function refresh() {
    var percentMode = byPercent();
    var lines = Array.prototype.slice.call(rows.querySelectorAll("[data-phase]"));
    lines.forEach(function (line, place) {
      line.querySelector("[data-seq]").textContent = place + 1;
      line.querySelector("[name=percent]").readOnly = !percentMode;
      line.querySelector("[name=amount]").readOnly = percentMode;
    });
    var note = document.getElementById("plan-gap");
    document.getElementById("percent-sum").textContent = "";
    if (percentMode) {
      var percents = lines.map(function (line) { return hundredths(line.querySelector("[name=percent]").value) || 0; });
      var sum = percents.reduce(function (a, b) { return a + b; }, 0);
      document.getElementById("percent-sum").textContent = (sum / 100).toFixed(2);
      if (sum === 10000) {
        split(percents).forEach(function (part, place) { lines[place].querySelector("[name=amount]").value = yuan(part); });
      } else if (lines.length) {
        note.textContent = fill(texts.percent, { sum: (sum / 100).toFixed(2) });
        note.className = "text-danger";
        document.getElementById("amount-sum").textContent = "";
        return;
      }
    }
    var total = lines.reduce(function (all, line) { return all + (fen(line.querySelector("[name=amount]").value) || 0); }, 0);
    document.getElementById("amount-sum").textContent = yuan(total);
    note.textContent = !lines.length ? "" : total === fund ? texts.equal
      : fill(total < fund ? texts.short : texts.over, { gap: yuan(Math.abs(fund - total)) });
    note.className = total === fund ? "text-success" : "text-danger";
    document.getElementById("add-phase").disabled = lines.length >= parseInt(plan.getAttribute("data-most"), 10);
  }
  document.getElementById("add-phase").addEventListener("click", function () {
    rows.appendChild(template.content.cloneNode(true));
    var line = rows.lastElementChild;
    var total = 0;
    rows.querySelectorAll("[name=amount]").forEach(function (input) { total += fen(input.value) || 0; });
    if (!byPercent() && total < fund) { line.querySelector("[name=amount]").value = yuan(fund - total); }
    line.querySelector("[name=condition]").focus();
    window.platform.setUnsaved(true);
    refresh();
  });
  rows.addEventListener("click", function (event) {
    var button = event.target.closest("[data-remove]");
    if (!button) { return; }
    button.closest("[data-phase]").remove();
    window.platform.setUnsaved(true);
    refresh();
  });
  rows.addEventListener("change", function (event) {
    var value = event.target.name === "amount" ? fen(event.target.value) : null;
    if (value !== null) { event.target.value = yuan(value); }
  });
  plan.addEventListener("input", refresh);
  plan.addEventListener("change", refresh);
  refresh();
}());
