/**
 * GitHub's `pull_request` webhook (docs.github.com, webhook events and payloads) as `github.pr.created`:
 *
 * | contract | GitHub |
 * |---|---|
 * | `repository` | `repository.full_name` |
 * | `number`, `title`, `draft` | `pull_request.*` |
 * | `author` | `pull_request.user.login`; "ghost" for a deleted account, as GitHub shows it |
 * | `url` | `pull_request.html_url` |
 * | `base_ref`, `head_ref` | `pull_request.base.ref`, `pull_request.head.ref` |
 * | `labels` | `pull_request.labels[].name` |
 */
export interface CreatedPullRequest {
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly url: string;
  readonly base_ref: string;
  readonly head_ref: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
}

interface Missing {
  /** JSON Pointer into the webhook. */
  readonly pointer: string;
  readonly message: string;
}

type Reading =
  | { readonly valid: true; readonly payload: CreatedPullRequest }
  | { readonly valid: false; readonly violations: readonly Missing[] };

export function readPullRequest(webhook: unknown): Reading {
  const violations: Missing[] = [];
  const text = (pointer: string) => {
    const value = at(webhook, pointer);
    if (typeof value === "string") return value;
    violations.push({ pointer, message: "must be a string" });
    return "";
  };
  const number = at(webhook, "/pull_request/number");
  if (!Number.isInteger(number))
    violations.push({ pointer: "/pull_request/number", message: "must be a whole number" });
  const author = at(webhook, "/pull_request/user/login");
  const labels = at(webhook, "/pull_request/labels");
  const payload = {
    repository: text("/repository/full_name"),
    number: Number(number),
    title: text("/pull_request/title"),
    author: typeof author === "string" ? author : "ghost",
    url: text("/pull_request/html_url"),
    base_ref: text("/pull_request/base/ref"),
    head_ref: text("/pull_request/head/ref"),
    draft: at(webhook, "/pull_request/draft") === true,
    labels: (Array.isArray(labels) ? labels : [])
      .map((label: unknown) => at(label, "/name"))
      .filter((name) => typeof name === "string"),
  };
  return violations.length > 0 ? { valid: false, violations } : { valid: true, payload };
}

function at(value: unknown, pointer: string): unknown {
  let found = value;
  for (const name of pointer.split("/").slice(1)) {
    if (typeof found !== "object" || found === null) return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(name);
  }
  return found;
}
