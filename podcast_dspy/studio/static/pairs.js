// Pairs: upload, what they are, and a labeller: sound, types by key, boundaries by drag.

import { ask, button, clock, colours, field, form, h, say, select, table } from "./dom.js";

const SAVE_AFTER = 700;

function uploadForm(endings) {
  const file = (name, accept, required) => h("input", { type: "file", name, accept, required });
  return h("details", {}, h("summary", {}, "Add a pair"), form(async (data, element) => {
    for (const name of ["recording", "transcript", "labels"]) if (!data.get(name)?.size) data.delete(name);
    await ask("pairs", { method: "POST", form: data });
    element.reset();
    say("The pair is being read; see Jobs.");
  }, "Upload",
  field("Paper", file("paper", endings.paper, true)),
  field("Recording", file("recording", "audio/*,video/*")),
  field("Transcript", file("transcript", endings.transcript), "in place of a recording, or for one"),
  field("Labels", file("labels", endings.labels), "segment types, if you have them"),
  field("Speaker", select("speaker_gender", [["unknown", "unknown"], ["female", "female"], ["male", "male"]]))));
}

export async function showPairs() {
  const endings = await ask("endings");
  const list = h("div");
  const draw = async () => {
    const pairs = await ask("pairs");
    const rows = pairs.map((pair) => [h("a", { href: `#/pairs/${encodeURIComponent(pair.pair_id)}` }, pair.pair_id), pair.title, `${pair.minutes.toFixed(1)} min`,
      String(pair.labels || "-"), pair.analyzed ? "yes" : "no"]);
    list.replaceChildren(pairs.length ? table("Papers and the podcasts about them", ["pair", "paper", "podcast", "labels", "analysed"], rows)
      : h("p", {}, "There is no pair yet. A pair is a paper and a podcast about it; four or more teach the shape of a show."),
    h("p", { class: "actions" }, pairs.some((pair) => !pair.analyzed) ? button("Analyse", () => ask("pairs/analyze", { method: "POST" })) : null));
  };
  await draw();
  return {
    nodes: [h("h2", {}, "Pairs"), list, uploadForm(endings)],
    heard: (topic) => topic === "pairs" && draw().catch((error) => say(error.message, "error")),
  };
}

/** Stretches of sentences of one type: [first, last, type]. */
function stretches(kinds) {
  const found = [];
  kinds.forEach((kind, at) => {
    if (found.length && found.at(-1)[2] === kind) found.at(-1)[1] = at;
    else found.push([at, at, kind]);
  });
  return found;
}

export async function showPair(id) {
  const [pair, types] = await Promise.all([ask(`pairs/${encodeURIComponent(id)}`), ask("types")]);
  const { sentences } = pair;
  const colour = colours(types);
  const keys = Object.fromEntries(types.filter((type) => type.key).map((type) => [type.key, type.name]));
  // A boundary of a file may lie inside a sentence: it stays there as long as the sentences around it keep their types.
  let spanned = pair.spans;
  const middle = (said) => (said.start + said.end) / 2;
  const firstOf = (span) => sentences.findIndex((said) => middle(said) >= span.start_time);
  const lastOf = (span) => sentences.findLastIndex((said) => middle(said) < span.end_time);
  const inside = (said) => pair.spans.find((span) => span.start_time <= middle(said) && middle(said) < span.end_time);
  let kinds = sentences.map((said) => inside(said)?.segment_type ?? null);
  const undone = [];
  let at = Math.max(0, kinds.findIndex((kind) => kind === null));
  let { version } = pair;
  let timer = null;
  let unsaved = false;

  const audio = pair.has_recording ? h("audio", { controls: true, preload: "metadata", src: `api/pairs/${encodeURIComponent(id)}/audio` }) : null;
  const saved = h("span", { role: "status" });
  const list = h("ol", { class: "sentences", role: "listbox", "aria-label": "Sentences", tabindex: "0" });
  const wave = h("canvas", { class: "wave", height: 90, "aria-hidden": "true" });
  let peaks = [];

  // One after the other: each says which labels it changes, and the next needs what this one left.
  let saving = Promise.resolve();
  const save = () => {
    timer = null;
    saving = saving.then(saveNow);
    return saving;
  };
  const saveNow = async () => {
    const spans = stretches(kinds).filter(([, , kind]) => kind).map(([first, last, kind]) => {
      const start = spanned.find((span) => span.segment_type === kind && firstOf(span) === first)?.start_time ?? sentences[first].start;
      const end = spanned.find((span) => span.segment_type === kind && lastOf(span) === last)?.end_time ?? sentences[last + 1]?.start ?? sentences[last].end;
      return { segment_type: kind, start_time: start, end_time: Math.max(end, start + 0.1) };
    });
    spans.slice(1).forEach((span, place) => { spans[place].end_time = Math.min(spans[place].end_time, span.start_time); });
    try {
      const answer = await ask(`pairs/${encodeURIComponent(id)}/labels`, { method: "PUT", body: { labels: spans, version } });
      version = answer.version;
      spanned = spans;
      unsaved = timer !== null;
      saved.textContent = pair.analyzed ? "Saved. Analyse the pairs again before training." : "Saved.";
    } catch (error) {
      unsaved = true;
      saved.textContent = "Not saved.";
      say(error.message, "error");
    }
  };
  const changed = (next) => {
    undone.push(kinds);
    kinds = next;
    unsaved = true;
    saved.textContent = "Not saved yet.";
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
    draw();
  };
  const rows = sentences.map((said, place) => h("li", { role: "option", id: `said-${place}`, onclick: () => { at = place; draw(); list.focus(); } },
    h("time", {}, clock(said.start)), said.speaker ? h("b", {}, said.speaker) : null, h("span", { class: "kind" }), h("span", {}, said.text)));
  list.append(...rows);

  function draw() {
    rows.forEach((row, place) => {
      const kind = kinds[place];
      const guess = kind ?? sentences[place].type;
      row.querySelector(".kind").textContent = kind ?? (guess ? `${guess}?` : "");
      row.querySelector(".kind").style.background = guess ? colour.style(guess) : "transparent";
      row.classList.toggle("guess", !kind);
      row.classList.toggle("first", place > 0 && kinds[place - 1] !== kind);
      row.setAttribute("aria-selected", String(place === at));
    });
    list.setAttribute("aria-activedescendant", `said-${at}`);
    rows[at]?.scrollIntoView({ block: "nearest" });
    chosen.value = kinds[at] ?? "";
    paint();
  }

  const across = (seconds) => (wave.width * seconds) / (pair.seconds || 1);
  function paint() {
    const pen = wave.getContext("2d");
    pen.clearRect(0, 0, wave.width, wave.height);
    for (const [first, last, kind] of stretches(kinds)) {
      if (!kind) continue;
      pen.fillStyle = colour.now(kind);
      pen.fillRect(across(sentences[first].start), 0, across(sentences[last].end - sentences[first].start), wave.height);
    }
    pen.fillStyle = getComputedStyle(wave).color;
    peaks.forEach((peak, place) => pen.fillRect((wave.width * place) / peaks.length, (wave.height * (1 - peak)) / 2, Math.max(1, wave.width / peaks.length - 0.5), Math.max(1, wave.height * peak)));
    pen.fillStyle = "#c22";
    pen.fillRect(across(audio?.currentTime || sentences[at]?.start || 0), 0, 2, wave.height);
  }

  // Dragging a boundary moves it to the nearest sentence: types are those of whole sentences.
  let dragged = null;
  const secondsAt = (event) => ((event.clientX - wave.getBoundingClientRect().left) / wave.getBoundingClientRect().width) * pair.seconds;
  const nearest = (seconds) => sentences.reduce((best, said, place) => (Math.abs(said.start - seconds) < Math.abs(sentences[best].start - seconds) ? place : best), 0);
  wave.addEventListener("pointerdown", (event) => {
    const seconds = secondsAt(event);
    const edges = stretches(kinds).slice(1).map(([first]) => first);
    const close = edges.filter((edge) => Math.abs(across(sentences[edge].start) - across(seconds)) < 8 * (wave.width / wave.getBoundingClientRect().width))[0];
    if (close === undefined) {
      if (audio) audio.currentTime = seconds;
      at = nearest(seconds);
      draw();
      return;
    }
    dragged = { edge: close, before: kinds };
    wave.setPointerCapture(event.pointerId);
  });
  const moved = (event) => {
    const target = Math.max(1, nearest(secondsAt(event)));
    const { edge, before } = dragged;
    return before.map((kind, place) => (target < edge && place >= target && place < edge ? before[edge] : target > edge && place >= edge && place < target ? before[edge - 1] : kind));
  };
  wave.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    kinds = moved(event);
    draw();
  });
  wave.addEventListener("pointerup", (event) => {
    if (!dragged) return;
    const next = moved(event);
    kinds = dragged.before;
    dragged = null;
    if (next.some((kind, place) => kind !== kinds[place])) changed(next);
    else draw();
  });

  const set = (kind) => changed(kinds.map((old, place) => (place === at ? kind : old)));
  const move = (step) => { at = Math.min(sentences.length - 1, Math.max(0, at + step)); draw(); };
  const play = () => {
    if (!audio) return;
    if (audio.paused) {
      audio.currentTime = Math.max(0, sentences[at].start);
      audio.play();
    } else audio.pause();
  };
  const chosen = h("select", { "aria-label": "Type of the sentence", onchange: () => { set(chosen.value || null); } }, h("option", { value: "" }, "none"), types.map((type) => h("option", { value: type.name }, type.name)));
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "ArrowDown") move(1);
    else if (key === "ArrowUp") move(-1);
    else if (key === "Home") move(-sentences.length);
    else if (key === "End") move(sentences.length);
    else if (key === " ") play();
    else if (key === "u") { if (undone.length) { const before = undone.pop(); changed(before); undone.pop(); } } else if (key === "x") { set(null); move(1); } else if (key === "Enter" && at > 0) { set(kinds[at - 1]); move(1); } else if (keys[key]) { set(keys[key]); move(1); } else return;
    event.preventDefault();
  });
  audio?.addEventListener("timeupdate", paint);

  const size = () => { wave.width = Math.max(300, Math.round(wave.getBoundingClientRect().width)); paint(); };
  requestAnimationFrame(() => { draw(); size(); });
  addEventListener("resize", size);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", paint);
  if (pair.has_recording) ask(`pairs/${encodeURIComponent(id)}/peaks`).then((found) => { peaks = found; paint(); }).catch((error) => say(error.message, "error"));

  const doubts = pair.confidence.doubts.map((doubt) => h("li", { class: doubt.severity >= 0.5 ? "error" : "" }, doubt.message));
  return {
    nodes: [h("p", {}, h("a", { href: "#/pairs" }, "Pairs")), h("h2", {}, pair.title || id),
      h("p", {}, `${pair.minutes.toFixed(1)} minutes, ${sentences.length} sentences, ${pair.analyzed ? `analysed by ${pair.analyzed_by || "embedded"}` : "not analysed"}`),
      doubts.length ? h("ul", { class: "doubts" }, doubts) : null, audio, wave,
      h("p", { class: "actions" }, chosen, button("Undo", async () => { if (undone.length) { const before = undone.pop(); changed(before); undone.pop(); } }), saved),
      h("details", {}, h("summary", {}, "Keys and types"), h("p", {}, "Up and down move, Space plays, Enter is as before, x none, u undo. Drag a boundary in the waveform to move it."),
        table("Segment types", ["key", "type", "what belongs to it"], types.map((type) => [type.key || "-", type.name, type.means]))),
      list,
      h("p", { class: "actions" }, button("Remove this pair", async () => {
        if (!confirm(`Remove ${id} from the workspace? Uploaded files stay.`)) return;
        await ask(`pairs/${encodeURIComponent(id)}`, { method: "DELETE" });
        location.hash = "#/pairs";
      }, { class: "danger" }))].filter(Boolean),
    unsaved: () => unsaved,
    leave: () => {
      removeEventListener("resize", size);
      scheme.removeEventListener("change", paint);
      audio?.pause();
      if (timer !== null) {
        clearTimeout(timer);
        save();
      }
    },
  };
}
