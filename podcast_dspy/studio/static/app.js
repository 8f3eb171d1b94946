// The page: which part is shown, and what the server tells while it is open.

import { h, say } from "./dom.js";
import { showApi } from "./api.js";
import { showEpisode } from "./episode.js";
import { showEpisodes } from "./episodes.js";
import { jobLine, showJobs } from "./jobs.js";
import { showPair, showPairs } from "./pairs.js";
import { showTraining } from "./training.js";

const ROUTES = [
  [/^#\/episodes$/, showEpisodes, "Episodes"],
  [/^#\/episodes\/([^/]+)$/, showEpisode, "Episode"],
  [/^#\/pairs$/, showPairs, "Pairs"],
  [/^#\/pairs\/([^/]+)$/, showPair, "Pair"],
  [/^#\/training$/, showTraining, "Training"],
  [/^#\/jobs$/, showJobs, "Jobs"],
  [/^#\/api$/, showApi, "API"],
];

const main = document.getElementById("main");
/** What the part on show does with an event, and what has to end when it goes. */
let shown = { heard: () => {}, leave: () => {} };
let turn = 0;
let current = location.hash;
export const state = { jobs: [] };

async function show() {
  const place = location.hash || "#/episodes";
  const route = ROUTES.find(([pattern]) => pattern.test(place));
  if (!route) {
    location.hash = "#/episodes";
    return;
  }
  if (place !== current && shown.asks?.() && !confirm("Leave without saving what you edited?")) {
    history.replaceState(null, "", current);
    return;
  }
  current = place;
  const [pattern, part, title] = route;
  const mine = ++turn;
  shown.leave?.();
  shown = { heard: () => {} };
  document.title = `${title} · podcast-dspy studio`;
  for (const link of document.querySelectorAll("nav a")) {
    if (place.startsWith(link.getAttribute("href"))) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(h("p", { class: "quiet" }, "Reading ..."));
  try {
    const made = await part(...place.match(pattern).slice(1).map(decodeURIComponent));
    if (mine !== turn) {
      made.leave?.();
      return;
    }
    shown = made;
    main.replaceChildren(...made.nodes);
    main.focus({ preventScroll: true });
  } catch (error) {
    if (mine === turn) main.replaceChildren(h("h2", {}, title), h("p", { class: "error" }, error.message));
  }
}

function listen() {
  const source = new EventSource("api/events");
  source.addEventListener("jobs", (event) => {
    const before = new Map(state.jobs.map((job) => [job.job_id, job.state]));
    state.jobs = JSON.parse(event.data);
    for (const job of state.jobs) {
      if (before.get(job.job_id) === "running" && job.state !== "running") {
        say(job.state === "failed" ? `${job.kind} ${job.subject}: ${job.error}` : `${job.kind} ${job.subject}: ${job.state}`, job.state === "failed" ? "error" : "note");
      }
    }
    const running = state.jobs.find((job) => job.state === "running");
    const waiting = state.jobs.filter((job) => job.state === "queued").length;
    document.getElementById("working").replaceChildren(...(running ? [h("a", { href: "#/jobs" }, jobLine(running)), waiting ? ` · ${waiting} waiting` : ""] : []));
    shown.heard?.("jobs");
  });
  for (const topic of ["training", "pairs", "episodes"]) source.addEventListener(topic, () => shown.heard?.(topic));
}

addEventListener("hashchange", show);
addEventListener("beforeunload", (event) => {
  if (shown.unsaved?.()) event.preventDefault();
});
listen();
show();
