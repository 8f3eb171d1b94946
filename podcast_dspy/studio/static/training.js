// Training: the run as it goes, its curves, a trial, two compared, and beginning one.

import { state } from "./app.js";
import { lossChart } from "./charts.js";
import { ask, button, clock, field, form, h, measured, number, redraw, say, select, table } from "./dom.js";
import { jobLine } from "./jobs.js";

const shortly = (trial) => trial.replace("trial_", "");

function head(run) {
  const trials = run.history?.trials ?? [];
  const lines = [];
  if (run.config) lines.push(`${trials.length} of at most ${run.config.max_trials} trials, ${run.config.optimizer}, ${run.config.roles.lm}`);
  if (run.config?.holdout) lines.push(`held out: ${run.config.holdout}`);
  if (run.spent.calls) lines.push(`${run.spent.calls} calls, ${run.spent.tokens} tokens, ${run.spent.cost === null ? "no price known" : `$${run.spent.cost.toFixed(2)}`}`);
  if (run.finished) lines.push(`${run.converged ? "converged" : "finished"}: ${run.reason}`);
  return h("ul", { class: "facts" }, lines.map((line) => h("li", {}, line)));
}

/** What was gained on pairs that it did not see comes first. */
function gained(run) {
  const history = run.history;
  const best = history.trials.indexOf(run.best?.trial_id);
  if (best < 1) return h("p", {}, "No trial is better than the uncompiled program so far.");
  const change = (values, interval) => {
    const [before, after] = [measured(values?.[0]), measured(values?.[best])];
    if (!before || after === null) return "not measured";
    const range = interval ? `, change ${number(interval[0])} to ${number(interval[1])} in 95% of paired bootstraps over the pairs` : "";
    return `${number(before)} to ${number(after)} (${(100 * (after / before - 1)).toFixed(0)}%${range})`;
  };
  return h("dl", { class: "gains" }, h("dt", {}, "Held out"), h("dd", {}, change(history.held_out, run.intervals.held_out)),
    h("dt", {}, "Training pairs"), h("dd", {}, change(history.total, run.intervals.training)), h("dt", {}, "Best trial"), h("dd", {}, run.best.trial_id));
}

function curves(run) {
  const { history } = run;
  const labels = history.trials.map(shortly);
  const best = history.trials.indexOf(run.best?.trial_id);
  const chart = (name) => {
    const apart = name === "total" ? history.held_out : history[`held_out_${name}`];
    const series = [{ name: "training", kind: "training", values: history[name] }];
    if (apart?.some((value) => measured(value) !== null)) series.push({ name: "held out", kind: "held", values: apart });
    return lossChart(`${name} loss`, labels, series, best);
  };
  return h("div", { class: "charts" }, ["total", ...run.losses.filter((name) => name !== "total")].map(chart));
}

async function trialView(id, place) {
  const trial = await ask(`trials/${encodeURIComponent(id)}`);
  const names = Object.keys(trial).filter((name) => /^avg_.*_loss$/.test(name)).map((name) => name.slice(4, -5));
  const row = (pair, metrics, apart) => [apart ? `${pair} (held out)` : pair, ...names.map((name) => number(measured(metrics[`${name}_loss`]))),
    clock(metrics.duration_generated), h("span", {}, [...new Set(Object.entries(metrics.unscored).map(([name, reason]) => `${name}: ${reason}`))].join("; "))];
  const rows = [...Object.entries(trial.pair_results).map(([pair, metrics]) => row(pair, metrics, false)),
    ...Object.entries(trial.held_out).map(([pair, metrics]) => row(pair, metrics, true))];
  place.replaceChildren(h("h3", {}, trial.trial_id), trial.changes.length ? h("ul", {}, trial.changes.map((text) => h("li", {}, text))) : h("p", {}, "The uncompiled program."),
    table(`Losses of ${trial.trial_id}`, ["pair", ...names, "length", "unscored"], rows),
    h("details", {}, h("summary", {}, "What the losses say"), h("ul", {}, Object.entries(trial.pair_results).flatMap(([pair, metrics]) => metrics.feedback.map((line) => h("li", {}, `${pair}: ${line.text ?? line.message ?? ""}`))))));
}

const range = (one) => (one.interval ? `${number(one.change)} [${number(one.interval[0])}, ${number(one.interval[1])}]` : number(one.change));

async function compareView(first, second, place) {
  const told = await ask(`trials/${encodeURIComponent(first)}/against/${encodeURIComponent(second)}`);
  const losses = (side, caption) => table(caption, ["loss", told.first, told.second, "change [95%]"],
    Object.entries(side).map(([term, one]) => [term, number(one.first), number(one.second), range(one)]));
  const changed = told.differences;
  place.replaceChildren(h("h3", {}, `${told.first} against ${told.second}`), h("p", {}, told.note), losses(told.losses, `${told.first} against ${told.second}`),
    Object.keys(told.held_out).length ? losses(told.held_out, "On the held-out pairs") : "",
    ...(changed === null ? [h("p", { class: "quiet" }, "Their prompts are not kept any more.")] : [["Profile", changed.profile], ["Adjustments", changed.adjustments]].map(([name, lines]) =>
      h("details", { open: lines.length > 0 }, h("summary", {}, `${name}: ${lines.length ? `${lines.length} changes` : "the same"}`), h("ul", {}, lines.map((line) => h("li", {}, line)))))),
    changed?.prompts ? h("details", { open: true }, h("summary", {}, "Prompts"), h("pre", { class: "notes diff", tabindex: "0", "aria-label": "Changes of the prompts" },
      changed.prompts.split("\n").map((line) => h("span", { class: /^\+(?!\+\+)/.test(line) ? "added" : /^-(?!--)/.test(line) ? "removed" : null }, `${line}\n`)))) : changed ? h("p", {}, "Prompts: the same") : "");
}

function beginForm(run, pairs) {
  const settings = (data) => {
    const request = { max_trials: Number(data.get("max_trials")), optimizer: data.get("optimizer") };
    for (const name of ["holdout", "lm", "reflection_lm"]) if (data.get(name)) request[name] = data.get(name);
    if (data.get("max_cost")) request.max_cost = Number(data.get("max_cost"));
    return request;
  };
  const told = h("p", { role: "status" });
  const made = form(async (data) => {
    await ask("training", { method: "POST", body: settings(data) });
    say("Training is queued.");
  }, "Train",
  field("Trials at most", h("input", { name: "max_trials", type: "number", min: "1", max: "1000", value: "5", required: true })),
  field("Held out", select("holdout", [["", "none"], ...pairs.map((pair) => [pair.pair_id, pair.pair_id])], pairs.length > 1 ? pairs.at(-1).pair_id : ""), "kept out of all learning, to measure on"),
  field("Optimizer", select("optimizer", run.optimizers.map((name) => [name, name]), "neighbours")),
  field("Model that writes", h("input", { name: "lm", placeholder: "embedded" })),
  field("Model that rewrites prompts", h("input", { name: "reflection_lm" })),
  field("Dollars at most", h("input", { name: "max_cost", type: "number", min: "0.01", step: "0.01" })));
  const forecast = button("What will it take?", async () => {
    const answer = await ask("training/forecast", { method: "POST", body: settings(new FormData(made)) });
    told.replaceChildren(`At most ${answer.calls} calls, ${answer.cost === null ? "no price known" : `$${answer.cost.toFixed(2)}`}, ${clock(answer.seconds)} (m:ss).`);
  });
  made.append(forecast, told);
  return h("details", { open: !run.history }, h("summary", {}, "Train anew"), made);
}

export async function showTraining() {
  const live = h("div", { "aria-live": "polite" });
  const body = h("div");
  const detail = h("section", { "aria-label": "One trial" });
  const actions = h("p", { class: "actions" });
  let timer = null;
  let begun = false;
  let outside = {};

  const tellJob = () => {
    const job = state.jobs.find((one) => one.kind === "compile" && ["running", "queued"].includes(one.state));
    live.replaceChildren(...(job ? [h("progress", { max: job.total || 1, value: job.total ? job.done : null, "aria-label": "Training" }), " ", jobLine(job)] : []));
    actions.querySelector("[data-stop]").hidden = !job;
    actions.querySelector("[data-resume]").hidden = Boolean(job) || !begun;
  };
  const draw = async () => {
    const run = await ask("training");
    begun = Boolean(run.config) && !run.finished;
    outside = run.outside;
    tellJob();
    if (!run.history?.trials.length) {
      body.replaceChildren(head(run), h("p", {}, "No trial is finished yet."));
      return run;
    }
    const names = run.history.trials;
    // One list for all three: thousands of options in each take longer than all charts.
    const known = h("datalist", { id: "trials" }, names.map((name) => h("option", { value: name })));
    const trial = (label, value) => h("input", { list: "trials", "aria-label": label, value, size: "12" });
    const best = run.best?.trial_id ?? names.at(-1);
    const other = best === names[0] ? names.at(-1) : best;
    const [one, first, second] = [trial("Trial", best), trial("First trial", names[0]), trial("Second trial", other)];
    redraw(body, () => [head(run), gained(run), curves(run), known, h("p", { class: "actions" }, one, button("Show", () => trialView(one.value, detail)), first, " against ", second, button("Compare", () => compareView(first.value, second.value, detail)))]);
    return run;
  };

  actions.append(button("Stop", async () => {
    const job = state.jobs.find((one) => one.kind === "compile" && ["running", "queued"].includes(one.state));
    if (job) await ask(`jobs/${job.job_id}/stop`, { method: "POST" });
  }, { "data-stop": "" }), button("Go on", async () => {
    const named = Object.values(outside);
    if (named.length && !confirm(`Go on with ${named.join(", ")}? They get to read the papers.`)) return;
    await ask("training/resume", { method: "POST", body: outside });
  }, { "data-resume": "" }));
  const [run, pairs] = await Promise.all([draw(), ask("pairs")]);
  tellJob();
  return {
    nodes: [h("h2", {}, "Training"), live, actions, body, detail, beginForm(run, pairs)],
    heard: (topic) => {
      if (topic === "jobs") tellJob();
      if (topic === "training" && timer === null) timer = setTimeout(() => { timer = null; draw().catch((error) => say(error.message, "error")); }, 1000);
    },
    leave: () => clearTimeout(timer),
  };
}
