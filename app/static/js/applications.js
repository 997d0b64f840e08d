/* The form of an application: payee lines added, removed and summed, accounts chosen, files uploaded at once.
   Without script the same form works with its buttons. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-unsaved]");
  if (!form) { return; }
  var chinese = window.platform ? window.platform.isChinese : true;

  /* Payee lines: two rows each (the line, and the reason for another name). */
  var body = form.querySelector("[data-payees]");
  var total = form.querySelector("[data-payee-total]");
  function lines() { return Array.prototype.slice.call(body.querySelectorAll("[data-payee]")); }
  function field(row, name) {
    return row.querySelector("input[name$='-" + name + "']") || row.nextElementSibling.querySelector("input[name$='-" + name + "']");
  }
  function number() {
    lines().forEach(function (row, index) {
      [row, row.nextElementSibling].forEach(function (part) {
        part.querySelectorAll("input, label").forEach(function (element) {
          ["name", "id", "for"].forEach(function (attribute) {
            var value = element.getAttribute(attribute);
            if (value) { element.setAttribute(attribute, value.replace(/^lines-\d+-/, "lines-" + index + "-")); }
          });
        });
      });
    });
    sum();
  }
  function fen(text) {
    var plain = text.replace(/[,\s，￥¥]/g, "");
    return /^\d{1,12}(\.\d{1,2})?$/.test(plain) ? Math.round(parseFloat(plain) * 100) : 0;
  }
  function sum() {
    var amount = lines().reduce(function (before, row) { return before + fen(field(row, "amount").value); }, 0);
    total.textContent = yuan(amount);
    var gap = form.querySelector("[data-payee-gap]");
    if (gap) {
      var texts = JSON.parse(gap.getAttribute("data-texts"));
      var more = amount - Number(gap.getAttribute("data-target"));
      gap.textContent = more === 0 ? texts.equal : (more < 0 ? texts.short : texts.over).replace("{gap}", yuan(Math.abs(more)));
    }
  }
  function yuan(amount) {
    return (amount / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }
  function names() {
    return Array.prototype.map.call(document.querySelectorAll("#payee-names option"), function (option) { return option.value; });
  }
  function judge(row) {
    var name = field(row, "account_name").value.trim();
    var reason = row.nextElementSibling;
    var foreign = name !== "" && names().indexOf(name) < 0;
    reason.hidden = !foreign && !field(row, "foreign_reason").value;
  }
  function add() {
    var last = lines()[lines().length - 1];
    [last.nextElementSibling, last].forEach(function (part) {
      var copy = part.cloneNode(true);
      copy.querySelectorAll("input").forEach(function (input) { input.value = ""; input.removeAttribute("aria-invalid"); });
      copy.querySelectorAll(".field-error").forEach(function (error) { error.remove(); });
      copy.querySelectorAll(".is-faulty, .has-error").forEach(function (cell) { cell.classList.remove("is-faulty", "has-error"); });
      if (copy.hasAttribute("data-payee-reason")) { copy.hidden = true; }
      last.nextElementSibling.insertAdjacentElement("afterend", copy);
    });
    number();
    var rows = lines();
    return rows[rows.length - 1];
  }
  if (body) {
    body.addEventListener("input", function (event) {
      var row = event.target.closest("[data-payee]");
      if (!row) { return; }
      if (/-account_no$/.test(event.target.name)) {
        var option = document.querySelector("#payee-accounts option[value='" + CSS.escape(event.target.value) + "']");
        if (option) { fill(row, event.target.value, option); }
      }
      judge(row);
      sum();
    });
    body.addEventListener("click", function (event) {
      var button = event.target.closest("[data-remove-payee]");
      if (!button) { return; }
      var row = button.closest("[data-payee]");
      if (lines().length === 1) {
        row.querySelectorAll("input").forEach(function (input) { input.value = ""; });
      } else {
        row.nextElementSibling.remove();
        row.remove();
      }
      number();
      if (window.platform) { window.platform.setUnsaved(true); }
    });
    lines().forEach(judge);
    sum();
    var more = form.querySelector("[data-add-payee]");
    more.addEventListener("click", function (event) {
      event.preventDefault();
      field(add(), "account_name").focus();
    });
    var choose = form.querySelector("[data-choose-account]");
    if (choose) {
      choose.addEventListener("change", function () {
        if (!choose.value) { return; }
        var empty = lines().filter(function (row) { return !field(row, "account_name").value && !field(row, "account_no").value; })[0];
        var row = empty || add();
        fill(row, choose.value, choose.selectedOptions[0]);
        choose.value = "";
        field(row, "amount").focus();
        if (window.platform) { window.platform.setUnsaved(true); }
      });
    }
  }
  function fill(row, account, option) {
    field(row, "account_no").value = account;
    field(row, "account_name").value = option.getAttribute("data-name");
    field(row, "bank_name").value = option.getAttribute("data-bank");
    judge(row);
  }

  /* Files go up as soon as they are chosen, so that nothing is lost when the form is refused. */
  function post(address, data) { return window.platform.upload(form, address, data, chinese ? "上传失败，请重试" : "Upload failed"); }
  function draw(list, file) {
    var row = document.createElement("li");
    var icon = document.createElement("i");
    icon.className = "fa fa-circle-check";
    icon.setAttribute("aria-hidden", "true");
    var link = document.createElement("a");
    link.href = file.address;
    link.textContent = file.name;
    var size = document.createElement("span");
    size.className = "size";
    size.textContent = file.size < 1048576 ? Math.ceil(file.size / 1024) + " KB" : (file.size / 1048576).toFixed(1) + " MB";
    var remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn btn-link btn-sm";
    remove.setAttribute("data-delete-file", file.remove);
    remove.setAttribute("aria-label", (chinese ? "删除 " : "Delete ") + file.name);
    var can = document.createElement("i");
    can.className = "fa fa-trash-can";
    can.setAttribute("aria-hidden", "true");
    remove.append(can);
    row.append(icon, link, size, remove);
    list.append(row);
  }
  form.querySelectorAll("input[data-upload]").forEach(function (input) {
    var error = input.closest("td").querySelector("[data-upload-error]");
    input.addEventListener("change", function () {
      if (!input.files.length) { return; }
      var data = new FormData();
      Array.prototype.forEach.call(input.files, function (file) { data.append("file", file); });
      data.append("requirement_id", input.getAttribute("data-requirement"));
      error.hidden = true;
      input.disabled = true;
      post(input.getAttribute("data-upload"), data).then(function (found) {
        var list = input.closest("tr").querySelector("[data-files]");
        found.files.forEach(function (file) { draw(list, file); });
        input.value = "";
        var lacking = document.querySelector("[data-submit-reason]");
        if (lacking) { lacking.hidden = true; } // it was drawn before these files came; the next save says what still lacks
      }).catch(function (problem) {
        error.textContent = problem.message;
        error.hidden = false;
        input.value = "";
      }).finally(function () { input.disabled = false; });
    });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-delete-file]");
    if (!button) { return; }
    event.preventDefault();
    window.platform.ask(chinese ? "删除这个文件？" : "Delete this file?", { danger: true }).then(function (yes) {
      if (!yes) { return; }
      post(button.getAttribute("data-delete-file"), new FormData()).then(function () { button.closest("li").remove(); })
        .catch(function (problem) { window.alert(problem.message); });
    });
  });
}());
