// Elements, requests and words that every part of the page uses. Text only ever becomes text, never HTML.

/** An element: h("a", { href: "#/" }, "text", child). Attributes that are null or false are left out; on* are listeners. */
export function h(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "rect", "line", "text", "title", "circle", "polyline"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value; // the policy forbids the attribute
    else if (name in element && !svg && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A request to this server; what went wrong is an Error with one sentence, and `status`. */
export async function ask(path, { method = "GET", body, form } = {}) {
  const options = { method, headers: {} };
  if (form) options.body = form;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(`api/${path}`, options);
  } catch {
    throw Object.assign(new Error("The studio does not answer. Start it again: podcast-dspy studio"), { status: 0 });
  }
  const told = answer.headers.get("content-type")?.includes("json") ? await answer.json() : await answer.text();
  if (!answer.ok) {
    const reason = told.error ?? told.detail?.map?.((one) => `${one.loc.slice(1).join(".")}: ${one.msg}`).join("; ");
    throw Object.assign(new Error(reason ?? `The request failed (${answer.status}).`), { status: answer.status });
  }
  return told;
}

/** Tell something for some seconds; errors stay until they are closed. */
export function say(text, kind = "note") {
  const box = h("p", { class: kind }, text, " ", h("button", { type: "button", "aria-label": "Close", onclick: () => box.remove() }, "×"));
  document.getElementById("messages").append(box);
  if (kind === "note") setTimeout(() => box.remove(), 6000);
}

/**
 * Put what `make` gives in a place, in which what is open, typed and in focus stays so. It is made only once that is
 * noted: what it keeps of the old content leaves the place, and with it the focus.
 */
export function redraw(place, make) {
  const named = (label) => [...place.querySelectorAll("[aria-label]")].find((one) => one.getAttribute("aria-label") === label);
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const typed = [...place.querySelectorAll("input[aria-label]")].filter((one) => one.value !== one.defaultValue).map((one) => [one.getAttribute("aria-label"), one.value]);
  const height = scrollY;
  place.replaceChildren(...[make()].flat(9).filter((node) => node !== null && node !== undefined && node !== false));
  place.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? one.open; });
  for (const [label, value] of typed) {
    const again = named(label);
    if (again) again.value = value;
  }
  if (active) (active.isConnected ? active : named(active.getAttribute("aria-label")))?.focus({ preventScroll: true });
  if (scrollY !== height) scrollTo(0, height);
}

/** A button whose work is shown as going on, and whose error is told. */
export function button(text, work, attributes = {}) {
  const element = h("button", { type: "button", ...attributes, onclick: async () => {
    element.setAttribute("aria-busy", "true");
    element.disabled = true;
    try {
      await work();
    } catch (error) {
      say(error.message, "error");
    } finally {
      element.removeAttribute("aria-busy");
      element.disabled = false;
    }
  } }, text);
  return element;
}

/** A form that is sent by a request of ours; `fields` are labelled controls. */
export function form(send, label, ...fields) {
  const submit = h("button", { type: "submit", class: "main" }, label);
  return h("form", { onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await send(new FormData(event.target), event.target);
    } catch (error) {
      say(error.message, "error");
    } finally {
      submit.disabled = false;
    }
  } }, ...fields, submit);
}

export function field(label, control, hint) {
  return h("label", {}, h("span", {}, label), control, hint ? h("small", {}, hint) : null);
}

export function select(name, options, chosen) {
  return h("select", { name }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

export function table(caption, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, cell)))))));
}

export const number = (value, digits = 3) => (value === null || value === undefined || Number.isNaN(value) ? "unscored" : value.toFixed(digits));

export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "-";
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const when = (text) => new Date(text).toLocaleString();

/** Colours of the segment types, by name: for styles, which follow a change of scheme, and for a canvas as it is now. */
export function colours(types) {
  const named = Object.fromEntries(types.map((type) => [type.name, type.colours]));
  return {
    style: (name) => (named[name] ? `light-dark(${named[name].join(", ")})` : "var(--line)"),
    now: (name) => named[name]?.[matchMedia("(prefers-color-scheme: dark)").matches ? 1 : 0],
  };
}

/** Losses that could not be measured come as "NaN" from files and as null from requests. */
export const measured = (value) => (typeof value === "number" ? value : null);
