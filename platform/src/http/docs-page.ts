/** `/docs`: the OpenAPI document as a page to read, without a script in it. */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

interface Content {
  readonly [type: string]: { readonly schema?: Schema };
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export function docsPage({ info, tags = [], paths = {}, components = {} }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = tags
    .map((tag) => ({ tag, own: operations.filter(({ operation }) => operation.tags?.includes(tag.name)) }))
    .filter(({ own }) => own.length > 0);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(info.title)} HTTP API</title><style>${STYLE}</style></head><body>
<nav>${sections.map(({ tag }) => `<a href="#${text(tag.name)}">${text(tag.name)}</a>`).join("")}<a href="#shapes">shapes</a></nav>
<main><h1>${text(info.title)} HTTP API <small>${text(info.version)}</small></h1>
<p>${text(info.description ?? "")} The same for machines: <a href="/openapi.json">/openapi.json</a>. Whatever is refused is
answered with a <a href="#shape-Problem">problem</a>: a stable code, the places that are wrong, and what to do.</p>
${sections
  .map(
    ({ tag, own }) =>
      `<h2 id="${text(tag.name)}">${text(tag.name)}</h2><p>${text(tag.description ?? "")}</p>${own
        .map(({ path, method, operation }) => operationHtml(path, method, operation))
        .join("")}`,
  )
  .join("\n")}
<h2 id="shapes">shapes</h2>
${Object.entries(components.schemas ?? {})
  .map(
    ([name, schema]) =>
      `<section id="shape-${text(name)}"><h3>${text(name)}</h3><p>${text(schema.description ?? "")}</p>${members(schema)}</section>`,
  )
  .join("\n")}
</main></body></html>`;
}

function operationHtml(path: string, method: string, operation: Operation): string {
  const rows = (operation.parameters ?? []).map(
    (one) =>
      `<tr><td><code>${text(one.name)}</code>${one.required ? " *" : ""}</td><td>${text(one.in)}</td><td>${typeOf(one.schema)}</td><td>${text(one.description ?? one.schema?.description ?? "")}</td></tr>`,
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      `<p>Body, <code>${text(type)}</code>: ${typeOf(schema)} ${text(schema?.description ?? "")}</p>${members(schema)}`,
  );
  const answers = Object.entries(operation.responses ?? {})
    .filter(([status]) => status !== "default")
    .map(([status, { content = {} }]) => {
      const [schema] = Object.values(content);
      return `<li><code>${text(status)}</code> ${typeOf(schema?.schema)}</li>`;
    });
  return `<details><summary><b class="${text(method)}">${text(method.toUpperCase())}</b> <code>${text(path)}</code> <span>${text(operation.summary ?? "")}</span></summary>
<p>${text(operation.description ?? "")}</p>${rows.length > 0 ? `<table>${rows.join("")}</table>` : ""}${bodies.slice(0, 1).join("")}<ul>${answers.join("")}</ul></details>`;
}

function members(schema: Schema | undefined): string {
  const entries = Object.entries(schema?.properties ?? {});
  if (entries.length === 0) return "";
  return `<table>${entries
    .map(
      ([name, one]) =>
        `<tr><td><code>${text(name)}</code>${schema?.required?.includes(name) ? " *" : ""}</td><td>${typeOf(one)}</td><td>${text(one.description ?? "")}</td></tr>`,
    )
    .join("")}</table>`;
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `<a href="#shape-${text(name)}">${text(name)}</a>`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum !== undefined)
    return schema.enum.map((one) => `<code>${text(String(one))}</code>`).join(" ");
  if (schema.type === "array") return `list of ${typeOf(schema.items) || "anything"}`;
  const type = [schema.type ?? ""].flat().join(" or ");
  return text(schema.default === undefined ? type : `${type}, ${String(schema.default)} by default`);
}

const text = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const STYLE = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:11rem 1fr}
nav{position:sticky;top:0;height:100vh;padding:1.5rem 1rem;box-sizing:border-box;border-right:1px solid var(--line)}
nav a{display:block;padding:.2rem 0}main{padding:1rem 2rem 6rem;max-width:60rem}h1 small{font-weight:400;opacity:.7}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.4rem .8rem}
summary{cursor:pointer}summary span{opacity:.8;margin-left:.6rem}summary b{display:inline-block;width:4rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}td{border-top:1px solid var(--line);padding:.25rem .5rem;vertical-align:top}
code{font-size:.9em}a{color:light-dark(#a4002a,#ff8fa3)}
@media(max-width:40rem){body{display:block}nav{position:static;height:auto;border:0}nav a{display:inline-block;margin-right:.8rem}main{padding:0 1rem 4rem}}`;
