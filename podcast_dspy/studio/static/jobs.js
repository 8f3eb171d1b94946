// Long work: what runs, what waits, how it ended.

import { ask, button, clock, h, table, when } from "./dom.js";
import { state } from "./app.js";

/** One running job in a line. */
export function jobLine(job) {
  const share = job.total ? ` ${Math.floor((100 * job.done) / job.total)}%` : "";
  const left = job.seconds_left === null ? "" : `, about ${clock(job.seconds_left)} left`;
  return `${job.kind} ${job.subject}: ${job.stage || "begins"}${share}${left}`;
}

function doing(job) {
  if (job.state === "running") {
    return [h("progress", { max: job.total || 1, value: job.total ? job.done : null, "aria-label": job.stage }), " ", job.stage,
      job.seconds_left === null ? "" : `, about ${clock(job.seconds_left)} left`];
  }
  return job.error || "";
}

function action(job) {
  if (job.state === "running" || job.state === "queued") {
    return button("Stop", () => ask(`jobs/${job.job_id}/stop`, { method: "POST" }), { "aria-label": `Stop ${job.kind} ${job.subject}` });
  }
  if (job.state === "done") return "";
  return button("Try again", () => ask(`jobs/${job.job_id}/again`, { method: "POST" }), { "aria-label": `Try ${job.kind} ${job.subject} again` });
}

export async function showJobs() {
  const body = h("div");
  const draw = () => {
    const rows = [...state.jobs].reverse().map((job) => [`${job.kind} ${job.subject}`, when(job.created), job.state, doing(job), action(job)]);
    body.replaceChildren(rows.length ? table("Jobs, the newest first", ["job", "begun", "state", "", ""], rows)
      : h("p", {}, "Nothing was begun yet. Ingesting, training and making episodes are jobs; they go on when this page is closed."));
  };
  state.jobs = await ask("jobs");
  draw();
  return { nodes: [h("h2", {}, "Jobs"), body], heard: (topic) => topic === "jobs" && !body.contains(document.activeElement) && draw() };
}
