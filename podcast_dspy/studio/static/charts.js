// Line charts of losses by trial, as SVG, each with its figures in a table for who does not see it.

import { h, measured, number, table } from "./dom.js";

const WIDE = 640;
const HIGH = 220;
const EDGE = { left: 44, right: 12, top: 10, bottom: 26 };
const MOST = 600;

/** Series of many points, thinned to the least and greatest of each of `MOST` parts, so that no peak is lost. */
function thinned(points) {
  if (points.length <= 2 * MOST) return points;
  const kept = [];
  const step = points.length / MOST;
  for (let part = 0; part < MOST; part += 1) {
    const some = points.slice(Math.floor(part * step), Math.floor((part + 1) * step)).filter(([, y]) => y !== null);
    if (!some.length) continue;
    const least = some.reduce((one, other) => (other[1] < one[1] ? other : one));
    const most = some.reduce((one, other) => (other[1] > one[1] ? other : one));
    kept.push(...(least[0] <= most[0] ? [least, most] : [most, least]));
  }
  return kept;
}

/** `series`: [{ name, values, dashed, colour }], a value for each trial; `best`: index of the best trial, or -1. */
export function lossChart(caption, labels, series, best = -1) {
  const all = series.flatMap((one) => one.values.map(measured)).filter((value) => value !== null);
  const top = all.length ? Math.max(...all) * 1.08 || 1 : 1;
  const x = (at) => EDGE.left + ((WIDE - EDGE.left - EDGE.right) * at) / Math.max(1, labels.length - 1);
  const y = (value) => HIGH - EDGE.bottom - ((HIGH - EDGE.top - EDGE.bottom) * value) / top;
  const marks = [0, top / 2, top].map((value) => h("g", {},
    h("line", { class: "grid", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(value), y2: y(value) }),
    h("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(2))));
  const names = [0, labels.length - 1].filter((at, place, list) => list.indexOf(at) === place && at >= 0).map((at) =>
    h("text", { x: x(at), y: HIGH - 8, "text-anchor": at ? "end" : "start" }, labels[at]));
  const lines = series.map((one) => {
    const points = thinned(one.values.map((value, at) => [at, measured(value)]));
    const pieces = [];
    let piece = [];
    for (const [at, value] of points) {
      if (value !== null) piece.push([x(at), y(value)]);
      else if (piece.length) {
        pieces.push(piece);
        piece = [];
      }
    }
    if (piece.length) pieces.push(piece);
    return h("g", { class: `line ${one.kind}` }, pieces.map((some) => some.length > 1
      ? h("polyline", { points: some.map((point) => point.join(",")).join(" ") })
      : h("circle", { cx: some[0][0], cy: some[0][1], r: 3 })));
  });
  const mark = best >= 0 ? h("line", { class: "best", x1: x(best), x2: x(best), y1: EDGE.top, y2: HIGH - EDGE.bottom }) : null;
  const last = labels.length - 1;
  const told = series.map((one) => `${one.name} ${number(measured(one.values[0]))} to ${number(measured(one.values[last]))}`).join(", ");
  const rows = labels.slice(-50).map((label, at) => [label, ...series.map((one) => number(measured(one.values[Math.max(0, labels.length - 50) + at])))]);
  return h("figure", { class: "chart" }, h("figcaption", {}, caption, " ",
    series.map((one) => h("span", { class: `key ${one.kind}` }, one.name))),
  h("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${caption}: ${told}` }, marks, names, mark, lines),
  h("details", {}, h("summary", {}, "Figures"), table(caption, ["trial", ...series.map((one) => one.name)], rows)));
}
