/* What every page does: menu on phones, search key, CSRF for fetch, questions before acts, double-click guard,
   unsaved changes, names of chosen files, page size. Without script every page still works. */
(function () {
  "use strict";

  var token = (document.querySelector("meta[name=csrf-token]") || {}).content || "";
  var isChinese = document.documentElement.lang.indexOf("zh") === 0;

  /* send(address, data) posts JSON and resolves to the parsed answer; rejects with {status, message}. */
  function send(address, data, method) {
    return fetch(address, {
      method: method || "POST", credentials: "same-origin",
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": token },
      body: data === undefined ? undefined : JSON.stringify(data)
    }).then(function (answer) {
      return answer.json().catch(function () { return {}; }).then(function (body) {
        if (answer.ok) { return body; }
        throw { status: answer.status, message: body.message || "", body: body };
      });
    });
  }

  /* upload(form, address, data, failed) posts files in the name of a form, each time under a key of its own. */
  function oneTimeKey() {
    var bytes = new Uint8Array(16);
    window.crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }
  function upload(form, address, data, failed) {
    data.append("csrf_token", form.elements.csrf_token.value);
    data.append("form_key", oneTimeKey());
    return fetch(address, { method: "POST", body: data, credentials: "same-origin", headers: { "X-Requested-With": "XMLHttpRequest" } })
      .then(function (answer) {
        return answer.json().catch(function () { return {}; }).then(function (found) {
          if (!answer.ok) { throw new Error(found.error || failed); }
          return found;
        });
      });
  }
  /* fill("{count} rows", {count: 3}) */
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) { return name in values ? values[name] : whole; });
  }
  window.platform = { send: send, upload: upload, fill: fill, token: token, isChinese: isChinese, ask: ask, setUnsaved: setUnsaved };
  if (window.jQuery) {
    window.jQuery.ajaxSetup({
      beforeSend: function (xhr, settings) {
        if (!/^(GET|HEAD|OPTIONS)$/i.test(settings.type)) { xhr.setRequestHeader("X-CSRFToken", token); }
      }
    });
  }

  /* Menu on phones, and "/" jumps to the search. */
  var toggle = document.querySelector(".menu-toggle");
  var sidebar = document.querySelector(".sidebar");
  if (toggle && sidebar) {
    toggle.addEventListener("click", function () {
      toggle.setAttribute("aria-expanded", String(sidebar.classList.toggle("is-open")));
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && sidebar.classList.contains("is-open")) { toggle.click(); toggle.focus(); }
    });
  }
  document.addEventListener("keydown", function (event) {
    var search = document.querySelector(".global-search input");
    if (event.key === "/" && search && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && !event.target.isContentEditable) {
      event.preventDefault();
      search.focus();
    }
  });

  /* The browser's own word about an empty field comes in the page's language, not in the browser's. */
  document.addEventListener("invalid", function (event) {
    var control = event.target;
    if (!control.validity.valueMissing || control.validity.customError) { return; }
    var words = control.tagName === "SELECT" ? ["请选择", "Please choose"]
      : control.type === "file" ? ["请选择文件", "Please choose a file"] : ["请填写此项", "Please fill in this field"];
    control.setCustomValidity(words[isChinese ? 0 : 1]);
    ["input", "change"].forEach(function (name) {
      control.addEventListener(name, function () { control.setCustomValidity(""); }, { once: true });
    });
  }, true);

  /* A question before an act: data-confirm="…" on a form, a submit button or a link. */
  function ask(text, options) {
    options = options || {};
    var dialog = window.jQuery && window.jQuery("#confirm-dialog");
    if (!dialog || !dialog.length || !dialog.modal) { return Promise.resolve(window.confirm(text)); }
    return new Promise(function (resolve) {
      var agreed = false;
      var button = document.getElementById("confirm-ok");
      document.getElementById("confirm-text").textContent = text;
      button.textContent = options.label || (isChinese ? "确定" : "OK");
      button.className = "btn " + (options.danger ? "btn-danger" : "btn-primary");
      button.onclick = function () { agreed = true; dialog.modal("hide"); };
      dialog.one("shown.bs.modal", function () { dialog.find("[data-dismiss]").trigger("focus"); });
      dialog.one("hidden.bs.modal", function () { resolve(agreed); });
      dialog.modal("show");
    });
  }
  function optionsOf(element) {
    return { label: element.getAttribute("data-confirm-label"), danger: element.hasAttribute("data-confirm-danger") };
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-confirm]");
    if (!link) { return; }
    event.preventDefault();
    ask(link.getAttribute("data-confirm"), optionsOf(link)).then(function (yes) {
      if (yes) { unsaved = false; window.location.href = link.href; }
    });
  });

  /* One submission at a time. The form's one-time key makes a repeated one harmless on the server; this only spares it.
     A form that answers with a file (data-download) can be sent again. */
  var agreedForms = new WeakSet();
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") === null || form.method.toLowerCase() !== "post") { return; }
    var source = event.submitter && event.submitter.hasAttribute("data-confirm") ? event.submitter
      : form.hasAttribute("data-confirm") ? form : null;
    if (source && !agreedForms.has(form)) {
      event.preventDefault();
      ask(source.getAttribute("data-confirm"), optionsOf(source)).then(function (yes) {
        if (!yes) { return; }
        agreedForms.add(form);
        if (form.requestSubmit) { form.requestSubmit(event.submitter || undefined); } else { form.submit(); }
        agreedForms.delete(form);
      });
      return;
    }
    if (form.getAttribute("data-sent") === "yes") { event.preventDefault(); return; }
    unsaved = false;
    if (form.hasAttribute("data-download")) { return; }
    form.setAttribute("data-sent", "yes");
    /* after the browser has read the form, as a disabled button's name isn't sent */
    window.setTimeout(function () {
      if (event.defaultPrevented) { form.removeAttribute("data-sent"); return; }
      form.querySelectorAll("button[type=submit], input[type=submit]").forEach(function (button) {
        button.setAttribute("aria-disabled", "true");
        button.classList.add("disabled");
      });
    }, 0);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) { return; }
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      form.removeAttribute("data-sent");
      form.querySelectorAll(".disabled[aria-disabled]").forEach(function (button) {
        button.removeAttribute("aria-disabled");
        button.classList.remove("disabled");
      });
    });
  });

  /* Leaving a form with something typed (data-unsaved) asks first. */
  var unsaved = false;
  function setUnsaved(yes) {
    unsaved = yes;
    document.querySelectorAll(".save-bar .unsaved").forEach(function (note) { note.hidden = !yes; });
  }
  document.querySelectorAll("form[data-unsaved]").forEach(function (form) {
    form.addEventListener("input", function () { setUnsaved(true); });
    form.addEventListener("change", function () { setUnsaved(true); });
  });
  document.querySelectorAll(".save-bar .unsaved").forEach(function (note) { note.hidden = true; });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) { event.preventDefault(); event.returnValue = ""; }
  });

  /* Chosen files by name and size, below their field. */
  function sizeOf(bytes) {
    return bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + " KB" : (bytes / 1048576).toFixed(1) + " MB";
  }
  function iconOf(name) {
    if (/\.pdf$/i.test(name)) { return "fa-file-pdf"; }
    if (/\.xlsx?$/i.test(name)) { return "fa-file-excel"; }
    return /\.(png|jpe?g|gif|webp)$/i.test(name) ? "fa-file-image" : "fa-file";
  }
  function showFiles(input) {
    var drop = input.closest(".file-drop");
    var list = drop && drop.nextElementSibling;
    if (!list || !list.classList.contains("file-list")) { return; }
    list.querySelectorAll("li.is-chosen").forEach(function (row) { row.remove(); });
    Array.prototype.forEach.call(input.files, function (file) {
      var row = document.createElement("li");
      var icon = document.createElement("i");
      var name = document.createElement("span");
      var size = document.createElement("span");
      row.className = "is-chosen";
      icon.className = "fa " + iconOf(file.name);
      icon.setAttribute("aria-hidden", "true");
      name.textContent = file.name;
      size.className = "size";
      size.textContent = sizeOf(file.size);
      row.append(icon, name, size);
      list.append(row);
    });
  }
  document.querySelectorAll(".file-drop input[type=file]").forEach(function (input) {
    var drop = input.closest(".file-drop");
    input.addEventListener("change", function () { showFiles(input); });
    ["dragenter", "dragover"].forEach(function (name) {
      drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.add("is-over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.remove("is-over"); });
    });
    drop.addEventListener("drop", function (event) {
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });

  /* Lists: choosing a page size goes there; filters of class .submits ask the server at once. */
  document.addEventListener("change", function (event) {
    if (event.target.matches("select.page-size")) { window.location.href = event.target.value; }
    if (event.target.matches(".filter-bar select.submits")) { event.target.form.submit(); }
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });

  /* A page drawn again with errors takes the reader to the first of them. */
  var wrong = document.querySelector("[aria-invalid=true]") || document.querySelector(".has-error .form-control");
  if (wrong) {
    var box = wrong.classList.contains("select2-hidden-accessible") && wrong.nextElementSibling.querySelector(".select2-selection");
    (box || wrong).focus();
  }
}());
