// Episodes: making one; its sentences beside their passages; editing, another try, voicing; versions; publishing.

import { again, state } from "./app.js";
import { ask, button, clock, field, form, h, say, table, when } from "./dom.js";

const VERDICTS = {
  supported: ["✓", "in the paper"],
  illustration: ["≈", "claims nothing"],
  contradicted: ["✗", "against the paper"],
  unsupported: ["?", "without a source"],
};
const wordsOf = (text) => text.split(/\s+/).filter(Boolean);
const path = (id, ...more) => ["episodes", id, ...more].map(encodeURIComponent).join("/");

export async function showEpisodes() {
  const found = await ask("episodes");
  const rows = found.map((one) => [h("a", { href: `#/episodes/${encodeURIComponent(one.episode_id)}` }, one.title ?? one.episode_id),
    one.error ?? one.paper ?? "", one.seconds ? clock(one.seconds) : "not voiced", one.extract ? "extract" : "written", one.voice ?? ""]);
  const made = form(async (data, element) => {
    if (!data.get("paper")?.size) data.delete("paper");
    for (const name of ["minutes", "address", "voice", "lm"]) if (!data.get(name)) data.delete(name);
    await ask("episodes", { method: "POST", form: data });
    element.reset();
    say("The episode is queued; see Jobs.");
  }, "Make an episode",
  field("Paper", h("input", { type: "file", name: "paper", accept: ".pdf,.html,.htm,.md,.docx,.txt" })),
  field("or its address", h("input", { type: "url", name: "address", placeholder: "https://" })),
  field("Minutes", h("input", { type: "number", name: "minutes", min: "0.5", max: "90", step: "0.5" })),
  field("Voice", h("input", { name: "voice", placeholder: "kokoro:af_heart" })),
  field("Model that writes", h("input", { name: "lm", placeholder: "embedded" })));
  return {
    nodes: [h("h2", {}, "Episodes"), rows.length ? table("Episodes of this workspace", ["episode", "paper", "length", "text", "voice"], rows)
      : h("p", {}, "There is no episode yet."), h("details", { open: !rows.length }, h("summary", {}, "Make an episode"), made)],
    heard: (topic) => topic === "episodes" && !document.querySelector("details[open] input:focus") && again(),
  };
}

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
    piece.style.background = colour[one.type] ?? "var(--line)";
    bar.append(piece);
  }
  return h("div", { class: "axis" }, h("small", {}, `${caption}, ${clock(seconds)}`), bar);
}

export async function showEpisode(id) {
  const [episode, types] = await Promise.all([ask(path(id)), ask("types")]);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colour = Object.fromEntries(types.map((type) => [type.name, type.colours[dark ? 1 : 0]]));
  const { record } = episode;
  const captions = episode.files.includes("transcript.json") ? (await ask(path(id, "files", "transcript.json"))).segments : [];
  const edited = new Set(episode.edited);
  const source = h("aside", { class: "source", tabindex: "0", "aria-live": "polite", "aria-label": "Source of the sentence" }, h("p", { class: "quiet" }, "Choose a sentence to see what the paper says."));
  const audio = episode.audio ? h("audio", { controls: true, preload: "metadata", src: `api/${path(id, "files", episode.audio)}?v=${encodeURIComponent(record.seconds)}` }) : null;
  const seek = (seconds) => {
    if (!audio || seconds === null || seconds === undefined) return;
    audio.currentTime = seconds;
    audio.play().catch(() => {});
  };
  const open = new Set();
  const spoken = [];

  /** When each word of a voiced segment is said: by the captions that lie in it, if they have its words. */
  function wordTimes(one, count) {
    const inside = captions.filter((cue) => cue.startTime >= one.start - 0.05 && cue.startTime < one.end - 0.05);
    const found = inside.flatMap((cue) => spread(wordsOf(cue.body), cue.startTime, cue.endTime));
    return found.length === count ? found : null;
  }

  function sentence(check, times, end) {
    const [mark, meaning] = VERDICTS[check.verdict] ?? ["", check.verdict];
    const words = wordsOf(check.sentence);
    const line = h("p", { class: `sentence ${check.verdict}`, tabindex: "0", role: "button", "aria-label": `${meaning}: ${check.sentence}` },
      h("span", { class: "mark", title: meaning, "aria-hidden": "true" }, mark), words.map((word, place) => [h("span", { class: "word", "data-at": times ? times[place].toFixed(2) : null }, word), " "]));
    const show = () => {
      for (const other of document.querySelectorAll(".sentence.chosen")) other.classList.remove("chosen");
      line.classList.add("chosen");
      source.replaceChildren(h("p", {}, h("strong", { class: check.verdict }, `${mark} ${meaning}`)), ...check.reasons.map((reason) => h("p", { class: "error" }, reason)),
        ...check.passages.map((passage) => h("figure", {}, h("blockquote", {}, passage.text), h("figcaption", {}, [passage.section, passage.page ? `page ${passage.page}` : null].filter(Boolean).join(", ")),
          passage.picture ? h("img", { class: "crop", loading: "lazy", alt: "The passage on its page", src: `api/${path(id, "passages", passage.atom_id)}` }) : null)));
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

  function segment(one, place, checks) {
    const own = checks.filter((check) => check.segment_id === one.segment_id);
    const voiced = one.start !== null && !edited.has(one.segment_id);
    const words = own.flatMap((check) => wordsOf(check.sentence));
    const times = voiced ? wordTimes(one, words.length) ?? spread(words, one.start, one.end) : null;
    let used = 0;
    const lines = h("div", {}, own.length ? own.map((check) => {
      const from = used;
      used += wordsOf(check.sentence).length;
      return sentence(check, times?.slice(from, used), times?.[used] ?? one.end);
    }) : h("p", {}, one.text));
    const head = h("h3", { id: one.segment_id }, `${place + 1}. ${one.title}`, " ", h("span", { class: "kind", style: `background:${colour[one.type] ?? "transparent"}` }, one.type),
      voiced ? h("small", {}, ` ${clock(one.start)}`) : h("small", { class: "error" }, " edited, not voiced"));
    const area = h("textarea", { rows: Math.max(4, Math.ceil(one.text.length / 80)), "aria-label": `Text of segment ${place + 1}` });
    area.value = one.text;
    const wish = h("input", { "aria-label": "What shall become different", placeholder: "what shall become different (for a capable model)" });
    const editor = h("div", { class: "editor", hidden: true }, area, h("p", { class: "actions" }, button("Save", async () => {
      await ask(path(id, "segments", one.segment_id), { method: "PUT", body: { text: area.value, was: one.text } });
      open.delete(one.segment_id);
      say("Saved. Voice the episode to hear it.");
      again();
    }, { class: "main" }), button("Cancel", async () => toggle(false))));
    const toggle = (shown) => {
      editor.hidden = !shown;
      lines.hidden = shown;
      if (shown) { open.add(one.segment_id); area.focus(); } else open.delete(one.segment_id);
    };
    return h("section", { class: "segment", "aria-labelledby": one.segment_id }, head, lines, editor,
      one.figures.map((figure) => h("img", { class: "figure", loading: "lazy", alt: `Picture ${figure} of the paper`, src: `api/${path(id, "pictures", figure)}` })),
      h("p", { class: "actions" }, voiced ? button("Play", async () => seek(one.start), { "aria-label": `Play segment ${place + 1}` }) : null,
        button("Edit", async () => toggle(true), { "aria-label": `Edit segment ${place + 1}` }), wish,
        button("Write again", async () => {
          await ask(path(id, "segments", one.segment_id, "redo"), { method: "POST", body: { note: wish.value } });
          say("The segment is being written; see Jobs.");
        }, { "aria-label": `Write segment ${place + 1} again` }),
        edited.has(one.segment_id) ? button("Voice this segment", () => voice([one.segment_id])) : null));
  }

  async function voice(segments = []) {
    await ask(path(id, "revoice"), { method: "POST", body: { segments } });
    say("The episode is being voiced; only what changed is spoken anew.");
  }

  function versions() {
    const last = episode.versions.at(-1)?.number;
    const place = h("div");
    const rows = [...episode.versions].reverse().map((one) => [String(one.number), when(one.created_at), one.change, String(one.words),
      one.number === last ? "" : h("span", { class: "actions" }, button("Differences", async () => {
        const changes = await ask(path(id, "versions", one.number, "against", last));
        place.replaceChildren(h("h4", {}, `Version ${one.number} against ${last}`), ...changes.map((change) => h("div", {}, h("p", {}, `${change.kind}: ${change.title}`),
          h("ul", { class: "diff" }, change.lines.map((line) => h("li", { class: line.startsWith("+") ? "added" : "removed" }, line))))), changes.length ? "" : "They say the same.");
      }, { "aria-label": `Differences from version ${one.number}` }), button("Go back to it", async () => {
        await ask(path(id, "versions", one.number, "restore"), { method: "POST" });
        again();
      }, { "aria-label": `Go back to version ${one.number}` }))]);
    return [table("Versions of the script", ["version", "when", "change", "words", ""], rows), place];
  }

  function publish() {
    const file = (name) => `api/${path(id, "files", name)}`;
    const notes = h("pre", { class: "notes", tabindex: "0" }, "");
    if (episode.files.includes("shownotes.md")) fetch(file("shownotes.md")).then((answer) => answer.text()).then((text) => { notes.textContent = text; });
    const cover = episode.files.find((name) => name.startsWith("cover."));
    return [cover ? h("img", { class: "cover", alt: "Cover", src: file(cover) }) : null, notes,
      h("ul", {}, episode.files.map((name) => h("li", {}, h("a", { href: file(name), download: `${id}-${name}` }, name)))),
      episode.files.includes("rss.xml") ? null : h("p", { class: "quiet" }, "For a feed, make the episode with: podcast-dspy generate PAPER --rss URL --show NAME")];
  }

  const longest = Math.max(record.seconds ?? 0, episode.reference?.seconds ?? 0) || 1;
  const ours = episode.segments.filter((one) => one.start !== null).map((one) => ({ ...one, label: one.title }));
  const axes = h("div", { class: "axes" }, record.seconds ? strip("This episode", record.seconds, longest, ours, colour, seek) : null,
    episode.reference ? strip(`The podcast of the pair ${episode.reference.pair_id}`, episode.reference.seconds, longest, episode.reference.segments.map((one) => ({ ...one, label: one.type })), colour, null) : null);
  const script = h("div", { class: "script" }, h("p", { class: "quiet" }, "Checking the sentences against the paper ..."));
  const counts = h("p", {});
  ask(path(id, "checks")).then((checks) => {
    script.replaceChildren(...episode.segments.map((one, place) => segment(one, place, checks)));
    const tally = Object.entries(VERDICTS).map(([name, [mark, meaning]]) => [checks.filter((check) => check.verdict === name).length, mark, meaning]).filter(([count]) => count);
    counts.replaceChildren(tally.map(([count, mark, meaning]) => `${mark} ${count} ${meaning}`).join(" · "));
  }).catch((error) => {
    script.replaceChildren(h("p", { class: "error" }, error.message), ...episode.segments.map((one, place) => segment(one, place, [])));
  });

  audio?.addEventListener("timeupdate", () => {
    for (const one of spoken) one.line.classList.toggle("now", audio.currentTime >= one.start && audio.currentTime < one.end);
  });
  const titles = Object.fromEntries(episode.segments.map((one, place) => [one.segment_id, `${place + 1}. ${one.title}`]));
  const ledger = table("The paper's key concepts, and where they are spoken of", ["concept", "first in", "segments"],
    episode.terms.map((term) => [term.term, titles[term.segments[0]] ?? "not named", String(term.segments.length)]));
  const working = h("p", { role: "status" });
  const tellJobs = () => {
    const job = state.jobs.find((one) => one.subject === id && ["running", "queued"].includes(one.state));
    working.textContent = job ? `${job.kind}: ${job.state} ${job.stage}` : "";
  };
  tellJobs();
  return {
    nodes: [h("p", {}, h("a", { href: "#/episodes" }, "Episodes")), h("h2", {}, record.title),
      h("p", {}, [record.paper, record.seconds ? clock(record.seconds) : "not voiced", `${record.words} words`, record.voice, record.extract ? "an extract in the paper's words" : null].filter(Boolean).join(" · ")),
      working, audio, axes, counts,
      h("p", { class: "actions" }, edited.size ? button(`Voice what changed (${edited.size})`, () => voice(), { class: "main" }) : null),
      h("div", { class: "beside" }, script, source),
      h("details", {}, h("summary", {}, "Terms"), ledger),
      h("details", {}, h("summary", {}, `Versions (${episode.versions.length})`), versions()),
      h("details", {}, h("summary", {}, "Publish"), publish())].filter(Boolean),
    unsaved: () => open.size > 0,
    heard: (topic) => {
      if (topic === "jobs") tellJobs();
      if (topic === "episodes" && !open.size && (audio?.paused ?? true)) again();
    },
    leave: () => audio?.pause(),
  };
}
