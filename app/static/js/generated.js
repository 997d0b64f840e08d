/* Generated screens: adding and removing filters, date picker and choosing fields in Chinese. */
(function ($) {
  "use strict";

  var isChinese = document.documentElement.lang.indexOf("zh") === 0;

  /* A filter is a row of the form; its templates come from the server, so that nothing is written here. */
  function nameOf(row) {
    var operator = row.querySelector(".filter-op");
    row.querySelector(".filter-value").name = "_flt_" + operator.value + "_" + row.getAttribute("data-filter");
  }
  document.addEventListener("click", function (event) {
    var add = event.target.closest && event.target.closest("[data-add-filter]");
    if (add) {
      event.preventDefault();
      var template = document.querySelector("template[data-filter-row='" + add.getAttribute("data-add-filter") + "']");
      var body = document.querySelector("#filter_form .filters tbody");
      body.append(template.content.cloneNode(true));
      var row = body.lastElementChild;
      prepare(row);
      row.querySelector(".filter-value").focus();
      return;
    }
    var remove = event.target.closest && event.target.closest(".remove-filter");
    if (remove) {
      var button = document.querySelector("#filter_form .dropdown-toggle");
      remove.closest("tr").remove();
      if (button) { button.focus(); }
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches(".filter-op")) { nameOf(event.target.closest("tr")); }
  });
  /* the first filter is there at once: an opened search never looks empty */
  $("#accordion1_href").on("shown.bs.collapse", function () {
    if (!this.querySelector(".filters tr")) {
      var first = this.querySelector("[data-add-filter]");
      if (first) { first.click(); }
    }
  });

  if ($.fn.datepicker) {
    $.fn.datepicker.dates["zh-CN"] = {
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
      daysShort: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
      daysMin: ["日", "一", "二", "三", "四", "五", "六"],
      months: ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
      monthsShort: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
      today: "今天", clear: "清除", format: "yyyy-mm-dd", titleFormat: "yyyy年mm月", weekStart: 1
    };
  }
  var words = !isChinese ? {} : {
    errorLoading: function () { return "没有取到结果"; },
    inputTooShort: function () { return "请输入几个字"; },
    loadingMore: function () { return "正在取更多……"; },
    noResults: function () { return "没有找到"; },
    searching: function () { return "正在查找……"; },
    removeAllItems: function () { return "清除"; }
  };

  /* A choosing field asks the server; what it depends on (area → building → unit) goes along and empties it when changed. */
  function choosing(select) {
    var narrow = (select.getAttribute("data-narrow") || "").split(" ").filter(Boolean);
    $(select).select2({
      theme: "bootstrap", width: "100%", dropdownParent: $(select.closest("main") || document.body), allowClear: !select.required && !select.multiple, language: words,
      placeholder: select.getAttribute("data-placeholder") || "",
      ajax: {
        url: select.getAttribute("data-choices"), dataType: "json", delay: 200,
        data: function (asked) {
          var sent = { q: asked.term || "" };
          narrow.forEach(function (name) {
            var other = select.form && select.form.elements[name];
            if (other && other.value) { sent[name] = other.value; }
          });
          return sent;
        }
      }
    });
    var label = document.querySelector("label[for='" + select.id + "']");
    var box = select.nextElementSibling && select.nextElementSibling.querySelector(".select2-selection");
    if (label && box) { box.setAttribute("aria-label", label.textContent.replace("*", "").trim()); box.removeAttribute("aria-labelledby"); }
    var field = box && box.querySelector(".select2-search__field");  // of a choice of several
    if (label && field) { field.setAttribute("aria-label", label.textContent.replace("*", "").trim()); }
    var shown = box && box.querySelector(".select2-selection__rendered");
    if (shown) { shown.removeAttribute("role"); shown.removeAttribute("aria-readonly"); }
    if (box && select.getAttribute("aria-invalid")) {
      box.setAttribute("aria-invalid", "true");
      box.setAttribute("aria-describedby", select.getAttribute("aria-describedby") || "");
    }
    narrow.forEach(function (name) {
      var other = select.form && select.form.elements[name];
      if (other) { $(other).on("change", function () { $(select).val(null).trigger("change"); }); }
    });
    // jQuery 3.6 lets the box keep the focus that Select2 gives to its search field: what is typed has to land there.
    $(select).on("select2:open", function () {
      var field = document.querySelector(".select2-container--open .select2-search__field");
      if (box) { box.setAttribute("aria-controls", "select2-" + select.id + "-results"); }
      if (field && label) { field.setAttribute("aria-label", label.textContent.replace("*", "").trim()); }
      if (field) { field.focus(); }
    });
    if (select.matches(".filter-bar .submits")) { $(select).on("select2:select select2:clear", function () { select.form.submit(); }); }
    $(select).on("change", function () { if (window.platform && $(select).data("touched")) { window.platform.setUnsaved(true); } });
    $(select).on("select2:select select2:unselect", function () { $(select).data("touched", true); if (window.platform) { window.platform.setUnsaved(true); } });
  }

  function prepare(root) {
    root.querySelectorAll("select.choose-row").forEach(choosing);
    if ($.fn.datepicker) {
      $(root).find(".appbuilder_date").datepicker({
        format: "yyyy-mm-dd", language: isChinese ? "zh-CN" : "en", autoclose: true, todayHighlight: true, orientation: "bottom auto",
        forceParse: false, // what was typed stays as it was typed; the server judges it
        showOnFocus: false // a field that is only passed, or shown with its error, isn't covered; arrow down opens it too
      }).on("click", function () { $(this).datepicker("show"); })
        .on("input", function () { $(this).datepicker("hide"); }); // who types needs no calendar over the save button
    }
  }
  prepare(document.body);
}(window.jQuery));
