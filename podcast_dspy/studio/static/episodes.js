import { h } from "./dom.js";
export async function showEpisodes() { return { nodes: [h("h2", {}, "Episodes")] }; }
export async function showEpisode() { return { nodes: [h("h2", {}, "Episode")] }; }
