/* The viewer of the review page: PDFs and pictures in a sandboxed frame, next and previous, tick as checked. */
(function () {
  "use strict";
  var viewer = document.querySelector("[data-viewer]");
  if (!viewer) { return; }
  var links = Array.prototype.slice.call(document.querySelectorAll("a[data-view]"));
  var frame = viewer.querySelector("[data-viewer-frame]");
  var check = viewer.querySelector("[data-viewer-check]");
  var present = -1;

  function show(index) {
    present = (index + links.length) % links.length;
    var link = links[present];
    viewer.hidden = false;
    viewer.querySelector("[data-viewer-name]").textContent = link.textContent;
    viewer.querySelector("[data-viewer-place]").textContent = (present + 1) + " / " + links.length;
    frame.src = link.getAttribute("data-view");
    if (check) { check.action = "/attachments/" + link.getAttribute("data-file") + "/check"; }
    viewer.scrollIntoView({ block: "nearest" });
  }
  links.forEach(function (link, index) {
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      show(index);
    });
  });
  viewer.querySelector("[data-viewer-previous]").addEventListener("click", function () { show(present - 1); });
  viewer.querySelector("[data-viewer-next]").addEventListener("click", function () { show(present + 1); });
  viewer.querySelector("[data-viewer-close]").addEventListener("click", function () {
    viewer.hidden = true;
    frame.removeAttribute("src");
  });
}());
