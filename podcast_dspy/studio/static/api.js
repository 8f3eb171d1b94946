// The REST API, read from its own description.

import { ask, h, table } from "./dom.js";

export async function showApi() {
  const told = await ask("openapi.json");
  const rows = Object.entries(told.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => [
    h("code", {}, `${method.toUpperCase()} ${path}`), one.description ?? one.summary ?? "",
    (one.parameters ?? []).map((parameter) => parameter.name).join(", "),
    one.requestBody ? Object.keys(one.requestBody.content).join(", ") : "",
  ]));
  return { nodes: [h("h2", {}, "API"), h("p", {}, told.info.description, " ", h("a", { href: "api/openapi.json" }, "openapi.json")),
    table("What can be asked for", ["request", "what it does", "parameters", "takes"], rows)] };
}
