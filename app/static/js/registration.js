/* The registration: areas searched and ticked without leaving the page, files kept as soon as they are chosen, another
   captcha. Without script the same buttons send the form, and it comes back with everything in it. */
(function () {
  "use strict";

  /* 注册资料: a file chosen goes up at once; the button is for browsers without script. */
  document.querySelectorAll("form[data-submits]").forEach(function (upload) {
    upload.querySelector("button[type=submit]").classList.add("hidden");
    upload.addEventListener("change", function () { upload.requestSubmit(); });
  });

  var form = document.getElementById("registration");
  if (!form) { return; }
  var chinese = window.platform ? window.platform.isChinese : true;
  var words = chinese ? {
    none: "没有找到；名单里没有的，请在下面填写。", page: "共 {total} 个，第 {page} / {pages} 页", before: "上一页", after: "下一页",
    failed: "没有成功，请重试", typed: "手工填写", district: "请选择所在区，并填写名称", remove: "删除"
  } : {
    none: "Nothing found; type an area that is not listed below.", page: "{total} in all, page {page} of {pages}", before: "Previous", after: "Next",
    failed: "That did not work, please try again", typed: "typed", district: "Choose a district and type a name", remove: "Remove"
  };

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }
  function post(address, data) { return window.platform.upload(form, address, data, words.failed); }

  /* Areas. */
  var chosen = form.querySelector("[data-chosen]");
  var found = form.querySelector("[data-found]");
  var search = form.elements.search;
  var timer = 0;
  function line(name, value, label, note, ticked) {
    var row = element("li");
    var box = element("input");
    var text = element("span", "", label + " ");
    var holder = element("label", "check-line");
    box.type = "checkbox";
    box.name = name;
    box.value = value;
    box.checked = ticked;
    text.append(element("span", "text-muted", note));
    holder.append(box, text);
    row.append(holder);
    return row;
  }
  function has(name, value) {
    return Array.prototype.some.call(chosen.querySelectorAll("input"), function (box) { return box.name === name && box.value === value; });
  }
  function choose(row) {
    chosen.append(row);
    form.querySelector("[data-none-chosen]").hidden = true;
    if (window.platform) { window.platform.setUnsaved(true); }
  }
  function look(page) {
    var query = new URLSearchParams({ search: search.value.trim(), district: form.elements.district.value, page: String(page) });
    return fetch(form.getAttribute("data-areas") + "?" + query, { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw answer; } return answer.json(); })
      .then(draw).catch(function () { found.replaceChildren(element("p", "field-error", words.failed)); });
  }
  function draw(answer) {
    var list = element("ul", "found-areas");
    answer.areas.forEach(function (area) {
      if (!has("area", String(area.id))) { list.append(line("area", String(area.id), area.name, area.district, false)); }
    });
    if (!answer.total) { found.replaceChildren(element("p", "text-muted", words.none)); return; }
    var pages = element("p", "found-pages");
    pages.append(element("span", "", words.page.replace("{total}", answer.total).replace("{page}", answer.page).replace("{pages}", answer.pages)));
    [[answer.page - 1, words.before], [answer.page + 1, words.after]].forEach(function (step) {
      if (step[0] < 1 || step[0] > answer.pages) { return; }
      var button = element("button", "btn btn-link btn-sm", step[1]);
      button.type = "button";
      button.addEventListener("click", function () { look(step[0]); });
      pages.append(button);
    });
    found.replaceChildren(list, pages);
  }
  form.querySelector("[data-search]").addEventListener("click", function (event) { event.preventDefault(); look(1); });
  search.addEventListener("keydown", function (event) {
    if (event.key === "Enter") { event.preventDefault(); look(1); }
  });
  search.addEventListener("input", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { if (search.value.trim()) { look(1); } }, 300);
  });
  form.elements.district.addEventListener("change", function () { look(1); });
  found.addEventListener("change", function (event) {
    if (event.target.checked) { choose(event.target.closest("li")); }
  });
  form.querySelector("[data-type]").addEventListener("click", function (event) {
    event.preventDefault();
    var district = form.elements.typed_district;
    var name = form.elements.typed_name;
    var text = name.value.trim().replace(/\s+/g, " ");
    if (!district.value || !text) {
      (district.value ? name : district).focus();
      return;
    }
    var value = district.value + ":" + text;
    if (!has("typed", value)) { choose(line("typed", value, text, district.selectedOptions[0].textContent + " · " + words.typed, true)); }
    name.value = "";
  });

  /* Files go up as soon as they are chosen, so that nothing is lost when the form is refused. */
  function size(bytes) { return bytes < 1048576 ? Math.ceil(bytes / 1024) + " KB" : (bytes / 1048576).toFixed(1) + " MB"; }
  function held(file) {
    var row = element("li");
    var icon = element("i", "fa fa-circle-check");
    var remove = element("button", "btn btn-link btn-xs", words.remove);
    icon.setAttribute("aria-hidden", "true");
    remove.type = "button";
    remove.setAttribute("data-drop", file.remove);
    remove.setAttribute("aria-label", file.label);
    row.append(icon, element("span", "", file.name), element("span", "size", size(file.size)), remove);
    return row;
  }
  form.querySelectorAll("input[data-hold]").forEach(function (input) {
    var group = input.closest(".form-group");
    var error = group.querySelector("[data-hold-error]");
    input.addEventListener("change", function () {
      if (!input.files.length) { return; }
      var data = new FormData();
      Array.prototype.forEach.call(input.files, function (file) { data.append("file", file); });
      data.append("requirement_id", input.getAttribute("data-hold"));
      error.hidden = true;
      group.classList.remove("has-error");
      input.disabled = true;
      group.classList.add("is-busy");
      post(form.getAttribute("data-files"), data).then(function (answer) {
        answer.files.forEach(function (file) { group.querySelector("[data-held]").append(held(file)); });
      }).catch(function (problem) {
        error.textContent = problem.message;
        error.hidden = false;
        group.classList.add("has-error");
      }).finally(function () {
        input.disabled = false;
        input.value = "";
        group.classList.remove("is-busy");
        group.querySelectorAll(".file-list:not([data-held])").forEach(function (list) { list.replaceChildren(); });
      });
    });
  });
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-drop]");
    if (!button) { return; }
    event.preventDefault();
    post(button.getAttribute("data-drop"), new FormData()).then(function () { button.closest("li").remove(); })
      .catch(function (problem) { window.alert(problem.message); });
  });

  /* The first captcha, or another one: the picture alone, as a page drawn anew would come without the passwords. */
  var another = form.querySelector("[data-another]");
  function showPicture(address) {
    var picture = form.querySelector("[data-captcha-picture]");
    if (!picture) {
      picture = document.createElement("img");
      picture.width = 200;
      picture.height = 64;
      picture.alt = another.getAttribute("data-picture");
      picture.setAttribute("data-captcha-picture", "");
      another.parentNode.insertBefore(picture, another);
      another.lastElementChild.textContent = another.getAttribute("data-next");
    }
    picture.src = address;
  }
  if (another) {
    another.addEventListener("click", function (event) {
      event.preventDefault();
      post(form.getAttribute("data-captcha"), new FormData()).then(function (answer) {
        showPicture(answer.address);
        form.elements.captcha.value = "";
        form.elements.captcha.focus();
      }).catch(function (problem) { window.alert(problem.message); });
    });
  }
}());
