// One episode: its sentences beside their passages; editing, another try, voicing; versions; publishing.

import { state } from "./app.js";
import { ask, button, clock, colours, h, redraw, say, table, when } from "./dom.js";

const VERDICTS = {
  supported: ["✓", "in the paper"],
  illustration: ["≈", "claims nothing"],
  contradicted: ["✗", "against the paper"],
  unsupported: ["?", "without a source"],
};
/** Colours of the timeline: those of the segment types that they are nearest to. */
const SHOWN = { figure: "figure", quote_card: "key_finding", title_card: "intro" };
const wordsOf = (text) => text.split(/\s+/).filter(Boolean);
const path = (id, ...more) => ["episodes", id, ...more].map(encodeURIComponent).join("/");

/** Times of the words of a text between two times, spread by their letters: captions are exact to the line. */
function spread(words, start, end) {
  const sizes = words.map((word) => word.length + 1);
  const all = sizes.reduce((sum, size) => sum + size, 0) || 1;
  let at = start;
  return words.map((_, place) => {
    const mine = at;
    at += ((end - start) * sizes[place]) / all;
    return mine;
  });
}

function strip(caption, seconds, longest, stretches, colour, seek) {
  const bar = h("div", { class: "strip", role: "group", "aria-label": caption, style: `width:${(100 * seconds) / longest}%` });
  for (const one of stretches) {
    const piece = h(seek ? "button" : "span", { title: `${one.label} ${clock(one.start)}`, "aria-label": `${one.label}, ${clock(one.start)}`, ...(seek ? { type: "button", onclick: () => seek(one.start) } : { role: "img" }) });
    piece.style.left = `${(100 * one.start) / seconds}%`;
    piece.style.width = `${(100 * (one.end - one.start)) / seconds}%`;
    piece.style.background = colour(one.type);
    bar.append(piece);
  }
  return h("div", { class: "axis" }, h("small", {}, `${caption}, ${clock(seconds)}`), bar);
}

function ledger(episode) {
  const titles = Object.fromEntries(episode.segments.map((one, place) => [one.segment_id, `${place + 1}. ${one.title}`]));
  return table("The paper's key concepts, and where they are spoken of", ["concept", "first in", "segments"],
    episode.terms.map((term) => [term.term, titles[term.segments[0]] ?? "not named", String(term.segments.length)]));
}

/** Parts are drawn anew in their places when something changes, so that what is opened, chosen and typed stays. */
export async function showEpisode(id) {
  const types = await ask("types");
  const colour = colours(types).style;
  const source = h("aside", { class: "source", tabindex: "0", "aria-live": "polite", "aria-label": "Source of the sentence" }, h("p", { class: "quiet" }, "Choose a sentence to see what the paper says."));
  const [head, axes, counts, voicing, script, terms, history, publishing] = Array.from({ length: 8 }, () => h("div"));
  const differences = h("div");
  const audio = h("audio", { controls: true, preload: "metadata", hidden: true });
  const working = h("p", { role: "status" });
  const versionsLabel = h("summary", {}, "Versions");
  script.className = "script";
  axes.className = "axes";
  let episode = null; // as it is shown
  let drawn = "";
  let captions = [];
  let checks = null;
  let checked = {}; // the texts that they are of
  let spoken = [];
  /** Of segments that are being edited: the editor, the text that it began with, what hides it. */
  const editors = new Map();
  const wishes = new Map();

  const seek = (seconds) => {
    if (audio.hidden || seconds === null || seconds === undefined) return;
    audio.currentTime = seconds;
    audio.play().catch(() => {});
  };

  /** When each word of a voiced segment is said: by the captions that lie in it, if they have its words. */
  function wordTimes(one, count) {
    const inside = captions.filter((cue) => cue.startTime >= one.start - 0.05 && cue.startTime < one.end - 0.05);
    const found = inside.flatMap((cue) => spread(wordsOf(cue.body), cue.startTime, cue.endTime));
    return found.length === count ? found : null;
  }

  function sentence(check, speaker, times, end) {
    const [mark, meaning] = VERDICTS[check.verdict] ?? ["", check.verdict];
    const words = wordsOf(check.sentence);
    const line = h("p", { class: `sentence ${check.verdict}`, tabindex: "0", role: "button", "aria-label": `${meaning}: ${speaker ? `${speaker}: ` : ""}${check.sentence}` },
      h("span", { class: "mark", title: meaning, "aria-hidden": "true" }, mark), speaker ? h("b", {}, `${speaker}: `) : null,
      words.map((word, place) => [h("span", { class: "word", "data-at": times ? times[place].toFixed(2) : null }, word), " "]));
    const show = () => {
      for (const other of document.querySelectorAll(".sentence.chosen")) other.classList.remove("chosen");
      line.classList.add("chosen");
      source.replaceChildren(h("p", {}, h("strong", { class: check.verdict }, `${mark} ${meaning}`)), ...check.reasons.map((reason) => h("p", { class: "error" }, reason)),
        ...check.passages.map((passage) => h("figure", {}, h("blockquote", {}, passage.text), h("figcaption", {}, [passage.section, passage.page ? `page ${passage.page}` : null].filter(Boolean).join(", ")),
          passage.picture ? h("img", { class: "crop", loading: "lazy", alt: `The passage on page ${passage.page}`, src: `api/${path(id, "passages", passage.atom_id)}` }) : null)));
    };
    line.addEventListener("click", (event) => {
      show();
      const word = event.target.closest(".word");
      if (word?.dataset.at) seek(Number(word.dataset.at));
    });
    line.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show();
      if (event.key === " " && times) seek(times[0]);
    });
    if (times) spoken.push({ line, start: times[0], end });
    return line;
  }

  function lines(one, voiced) {
    const own = checked[one.segment_id] === one.text ? checks.filter((check) => check.segment_id === one.segment_id) : [];
    if (!own.length) return [h("p", { lang: episode.language }, one.text)];
    const count = own.reduce((sum, check) => sum + wordsOf(check.sentence).length, 0);
    const times = voiced ? wordTimes(one, count) ?? spread(own.flatMap((check) => wordsOf(check.sentence)), one.start, one.end) : null;
    const speakers = one.speakers.flatMap(([speaker, words]) => Array(words).fill(speaker));
    let used = 0;
    return own.map((check) => {
      const from = used;
      used += wordsOf(check.sentence).length;
      return sentence(check, speakers[from], times?.slice(from, used), times?.[used] ?? one.end);
    });
  }

  /** The editor of a segment; one that is open stays as it is, with what was typed. */
  function editorOf(one, place, shown) {
    const kept = editors.get(one.segment_id);
    if (kept) {
      kept.shown = shown;
      shown.hidden = true;
      return kept.element;
    }
    const area = h("textarea", { lang: episode.language, rows: Math.max(4, Math.ceil(one.lines.length / 80)), "aria-label": `Text of segment ${place + 1}` });
    area.value = one.lines;
    const close = () => {
      const now = editors.get(one.segment_id);
      editors.delete(one.segment_id);
      element.hidden = true;
      now.shown.hidden = false;
    };
    const element = h("div", { class: "editor", hidden: true }, area, h("p", { class: "actions" }, button("Save", async () => {
      await ask(path(id, "segments", one.segment_id), { method: "PUT", body: { text: area.value, was: one.lines } });
      close();
      say("Saved. Voice the episode to hear it.");
      await draw();
    }, { class: "main" }), button("Cancel", async () => { area.value = one.lines; close(); })));
    element.begin = () => {
      editors.set(one.segment_id, { element, shown });
      element.hidden = false;
      shown.hidden = true;
      area.focus();
    };
    return element;
  }

  function segment(one, place) {
    const voiced = one.start !== null && !episode.edited.includes(one.segment_id);
    const shown = h("div", {}, lines(one, voiced));
    const editor = editorOf(one, place, shown);
    const wish = wishes.get(one.segment_id) ?? h("input", { "aria-label": `What shall become different in segment ${place + 1}`, placeholder: "what to change", title: "A capable model writes the segment again by this" });
    wishes.set(one.segment_id, wish);
    return h("section", { class: "segment", "aria-labelledby": one.segment_id },
      h("h3", { id: one.segment_id }, `${place + 1}. ${one.title}`, " ", h("span", { class: "kind", style: `background:${colour(one.type)}` }, one.type.replaceAll("_", " ")),
        voiced ? h("small", {}, ` ${clock(one.start)}`) : h("small", { class: "error" }, episode.audio ? " edited, not voiced" : " not voiced")), shown, editor,
      one.figures.map((figure) => h("img", { class: "figure", loading: "lazy", alt: `Picture ${figure} of the paper`, src: `api/${path(id, "pictures", figure)}` })),
      h("p", { class: "actions" }, voiced ? button("Play", async () => seek(one.start), { "aria-label": `Play segment ${place + 1}` }) : null,
        button("Edit", async () => editor.begin(), { "aria-label": `Edit segment ${place + 1}` }), wish,
        button("Write again", async () => {
          await ask(path(id, "segments", one.segment_id, "redo"), { method: "POST", body: { note: wish.value } });
          say("The segment is being written; see Jobs.");
        }, { "aria-label": `Write segment ${place + 1} again` }),
        !voiced && episode.audio ? button("Voice this segment", () => voice([one.segment_id]), { "aria-label": `Voice segment ${place + 1}` }) : null));
  }

  async function voice(segments = []) {
    await ask(path(id, "revoice"), { method: "POST", body: { segments } });
    say("The episode is being voiced; only what changed is spoken anew.");
  }

  function versions() {
    const last = episode.versions.at(-1)?.number;
    const rows = [...episode.versions].reverse().map((one) => [String(one.number), when(one.created_at), one.change, String(one.words),
      one.number === last ? "" : h("span", { class: "actions" }, button("Differences", async () => {
        const changes = await ask(path(id, "versions", one.number, "against", last));
        differences.replaceChildren(h("h4", {}, `Version ${one.number} against ${last}`), ...changes.map((change) => h("div", {}, h("p", {}, `${change.kind}: ${change.title}`),
          h("ul", { class: "diff" }, change.lines.map((line) => h("li", { class: line.startsWith("+") ? "added" : "removed" }, line))))), changes.length ? "" : "They say the same.");
      }, { "aria-label": `Differences from version ${one.number}` }), button("Go back to it", async () => {
        await ask(path(id, "versions", one.number, "restore"), { method: "POST" });
        await draw();
      }, { "aria-label": `Go back to version ${one.number}` }))]);
    return table("Versions of the script", ["version", "when", "change", "words", ""], rows);
  }

  function publish() {
    const file = (name) => `api/${path(id, "files", name)}?of=${episode.voiced}`;
    const notes = h("pre", { class: "notes", tabindex: "0", "aria-label": "Show notes" }, "");
    if (episode.files.includes("shownotes.md")) fetch(file("shownotes.md")).then((answer) => answer.text()).then((text) => { notes.textContent = text; }).catch((error) => say(error.message, "error"));
    const cover = episode.files.find((name) => name.startsWith("cover."));
    return [cover ? h("img", { class: "cover", alt: "Cover", src: file(cover) }) : null, notes,
      h("ul", { class: "files" }, episode.files.map((name) => h("li", {}, h("a", { href: file(name), download: `${id}-${name}` }, name)))),
      episode.files.includes("rss.xml") ? null : h("p", { class: "quiet" }, "For a feed, make the episode with: podcast-dspy generate PAPER --rss URL --show NAME")].filter(Boolean);
  }

  function axis() {
    const { record, reference } = episode;
    const longest = Math.max(record.seconds ?? 0, reference?.seconds ?? 0) || 1;
    const ours = episode.segments.filter((one) => one.start !== null).map((one) => ({ ...one, label: one.title }));
    return [record.seconds ? strip("This episode", record.seconds, longest, ours, colour, seek) : null,
      record.seconds && episode.pictures.length ? strip("What is shown meanwhile", record.seconds, longest, episode.pictures.map((one) => ({ ...one, type: SHOWN[one.type] })), colour, seek) : null,
      reference ? strip(`The podcast of the pair ${reference.pair_id}`, reference.seconds, longest, reference.segments.map((one) => ({ ...one, label: one.type })), colour, null) : null].filter(Boolean);
  }

  function drawScript() {
    const chosen = script.querySelector(".sentence.chosen")?.getAttribute("aria-label");
    spoken = [];
    redraw(script, () => episode.segments.map(segment));
    if (chosen) [...script.querySelectorAll(".sentence")].find((line) => line.getAttribute("aria-label") === chosen)?.classList.add("chosen");
    const tally = Object.entries(VERDICTS).map(([name, [mark, meaning]]) => [(checks ?? []).filter((check) => check.verdict === name).length, mark, meaning]).filter(([count]) => count);
    counts.replaceChildren(h("p", {}, checks === null ? "Checking the sentences against the paper ..." : tally.map(([count, mark, meaning]) => `${mark} ${count} ${meaning}`).join(" · ") || "Not checked: the check reads English about papers in English."));
  }

  /** Show what has changed since it was last drawn, if anything has. */
  async function drawNow() {
    const now = await ask(path(id));
    if (JSON.stringify(now) === drawn) return;
    drawn = JSON.stringify(now);
    const before = episode;
    if (now.voiced !== before?.voiced) {
      captions = now.files.includes("transcript.json") ? (await ask(path(id, "files", "transcript.json"))).segments : [];
      if (now.audio) audio.src = `api/${path(id, "files", now.audio)}?of=${now.voiced}`;
      audio.hidden = !now.audio;
    }
    episode = now;
    const { record, edited } = episode;
    head.replaceChildren(h("h2", {}, record.title), h("p", {}, [record.paper === record.title ? null : record.paper, record.seconds ? clock(record.seconds) : "not voiced", `${record.words} words`, record.voice, record.extract ? "an extract in the paper's words" : null].filter(Boolean).join(" · ")));
    axes.replaceChildren(...axis());
    const waiting = edited.length || !episode.audio;
    voicing.replaceChildren(...(waiting ? [h("p", { class: "actions" }, button(episode.audio ? `Voice what changed (${edited.length})` : "Voice it", () => voice(), { class: "main" }))] : []));
    terms.replaceChildren(ledger(episode));
    versionsLabel.textContent = `Versions (${episode.versions.length})`;
    history.replaceChildren(versions());
    publishing.replaceChildren(...publish());
    drawScript();
    const told = drawn;
    ask(path(id, "checks")).then((found) => {
      if (told !== drawn) return;
      checks = found;
      checked = Object.fromEntries(now.segments.map((one) => [one.segment_id, one.text]));
      drawScript();
    }).catch((error) => counts.replaceChildren(h("p", { class: "error" }, error.message)));
  }

  let last = Promise.resolve();
  /** One after the other, so that an answer that is late does not hide a newer one. */
  function draw() {
    last = last.catch(() => {}).then(drawNow);
    return last;
  }

  audio.addEventListener("timeupdate", () => {
    for (const one of spoken) one.line.classList.toggle("now", audio.currentTime >= one.start && audio.currentTime < one.end);
  });
  const tellJobs = () => {
    const job = state.jobs.find((one) => one.subject === id && ["running", "queued"].includes(one.state));
    working.textContent = job ? `${job.kind}: ${job.state} ${job.stage}` : "";
  };
  await draw();
  tellJobs();
  return {
    nodes: [h("p", {}, h("a", { href: "#/episodes" }, "Episodes")), head, working, audio, axes, counts, voicing,
      h("div", { class: "beside" }, script, source),
      h("details", {}, h("summary", {}, "Terms"), terms),
      h("details", {}, versionsLabel, history, differences),
      h("details", {}, h("summary", {}, "Publish"), publishing)],
    unsaved: () => editors.size > 0,
    asks: () => editors.size > 0,
    heard: (topic) => {
      if (topic === "jobs") tellJobs();
      if (topic === "episodes") draw().catch((error) => say(error.message, "error"));
    },
    leave: () => audio.pause(),
  };
}
