// Episodes: all of them, and making one.

import { ask, clock, field, form, h, say, table } from "./dom.js";

export async function showEpisodes() {
  const list = h("div");
  const endings = await ask("endings");
  const draw = async () => {
    const found = await ask("episodes");
    const rows = found.map((one) => [h("a", { href: `#/episodes/${encodeURIComponent(one.episode_id)}` }, one.title ?? one.episode_id),
      one.error ?? one.paper ?? "", one.seconds ? clock(one.seconds) : "not voiced", one.extract ? "extract" : "written", one.voice ?? ""]);
    list.replaceChildren(rows.length ? table("Episodes of this workspace", ["episode", "paper", "length", "text", "voice"], rows)
      : h("p", {}, "There is no episode yet."));
    return rows.length;
  };
  const made = form(async (data, element) => {
    if (!data.get("paper")?.size) data.delete("paper");
    for (const name of ["minutes", "address", "voice", "lm"]) if (!data.get(name)) data.delete(name);
    await ask("episodes", { method: "POST", form: data });
    element.reset();
    say("The episode is queued; see Jobs.");
  }, "Make an episode",
  field("Paper", h("input", { type: "file", name: "paper", accept: endings.paper })),
  field("or its address", h("input", { type: "url", name: "address", placeholder: "https://" })),
  field("Minutes", h("input", { type: "number", name: "minutes", min: "0.5", max: "90", step: "0.5" })),
  field("Voice", h("input", { name: "voice", placeholder: "kokoro:af_heart" })),
  field("Model that writes", h("input", { name: "lm", placeholder: "embedded" })));
  const some = await draw();
  return {
    nodes: [h("h2", {}, "Episodes"), list, h("details", { open: !some }, h("summary", {}, "Make an episode"), made)],
    heard: (topic) => topic === "episodes" && draw().catch((error) => say(error.message, "error")),
  };
}
