// A job's page asks for its state once a second and is drawn anew when the job has ended.
(function () {
  "use strict";
  const job = document.querySelector("[data-job]");
  if (!job || job.hasAttribute("data-ended")) return;
  const bar = job.querySelector("progress");
  const stage = job.querySelector("[data-job-stage]");

  async function ask() {
    try {
      const answer = await fetch(job.dataset.job, { headers: { "X-Requested-With": "fetch" } });
      if (answer.ok) {
        const state = await answer.json();
        if (state.ended) { window.location.reload(); return; }
        bar.max = state.total || 1;
        bar.value = state.progress;
        stage.textContent = state.stage || state.label;
      }
    } catch (error) { /* the server is away for a moment: ask again */ }
    window.setTimeout(ask, 1000);
  }
  window.setTimeout(ask, 500);
})();
