/** Lists as every listing of RabbitMQ's API gives them: filtered, sorted, cut into pages and columns. */
import { badRequest, ManagementError } from "./answer.js";

type Row = Readonly<Record<string, unknown>>;

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE = 500;

/** With `page` the answer is an object that counts; without, the bare list. */
export function listed(rows: readonly Row[], query: URLSearchParams): unknown {
  const page = query.get("page");
  if (page === null) return columns(sorted(rows, query), query);

  const number = Number(page);
  const size = Number(query.get("page_size") ?? DEFAULT_PAGE_SIZE);
  if (!isCount(number) || !isCount(size) || size > LARGEST_PAGE)
    throw new ManagementError(
      400,
      "invalid_pagination_parameters",
      `Invalid pagination parameters: page number ${page}, page size ${query.get("page_size") ?? DEFAULT_PAGE_SIZE}`,
    );
  const matching = sorted(filtered(rows, query), query);
  const pages = Math.max(1, Math.ceil(matching.length / size));
  if (number > pages)
    throw new ManagementError(
      400,
      "page_out_of_range",
      `Page out of range, page: ${number} page size: ${size}, len: ${matching.length}`,
    );
  const items = matching.slice((number - 1) * size, number * size);
  return {
    filtered_count: matching.length,
    item_count: items.length,
    items: columns(items, query),
    page: number,
    page_count: pages,
    page_size: size,
    total_count: rows.length,
  };
}

/** `columns=name,message_stats.publish` of one object or of each in a list. */
export function columns<R extends Row>(rows: readonly R[], query: URLSearchParams): readonly Row[];
export function columns<R extends Row>(row: R, query: URLSearchParams): Row;
export function columns(rows: Row | readonly Row[], query: URLSearchParams): Row | readonly Row[] {
  const wanted = query.get("columns");
  if (wanted === null || wanted === "") return rows;
  const paths = wanted.split(",").map((column) => column.split("."));
  const pick = (row: Row): Row => {
    const out: Record<string, unknown> = {};
    for (const path of paths) copyPath(row, out, path);
    return out;
  };
  return Array.isArray(rows) ? rows.map(pick) : pick(rows as Row);
}

function copyPath(from: Row, to: Record<string, unknown>, [first, ...rest]: readonly string[]): void {
  if (first === undefined || !Object.hasOwn(from, first)) return;
  const value = from[first];
  if (rest.length === 0 || typeof value !== "object" || value === null) {
    if (rest.length === 0) define(to, first, value);
    return;
  }
  const inner = (Object.hasOwn(to, first) ? to[first] : {}) as Record<string, unknown>;
  copyPath(value as Row, inner, rest);
  define(to, first, inner);
}

/** A column may be called anything, `__proto__` too. */
function define(to: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(to, name, { value, enumerable: true, configurable: true, writable: true });
}

function filtered(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
  const name = query.get("name") ?? "";
  if (name === "") return rows;
  if (query.get("use_regex") !== "true") {
    const part = name.toLowerCase();
    return rows.filter((row) => String(row.name).toLowerCase().includes(part));
  }
  let expression: RegExp;
  try {
    expression = new RegExp(name, "i");
  } catch {
    throw badRequest(`invalid regular expression: ${name}`);
  }
  return rows.filter((row) => expression.test(String(row.name)));
}

function sorted(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
  const by = query.get("sort") ?? "";
  if (by === "") return rows;
  const path = by.split(".");
  const direction = query.get("sort_reverse") === "true" ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare(valueAt(a, path), valueAt(b, path)));
}

function valueAt(row: Row, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Row)[key] : undefined),
    row,
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const left = String(a ?? "");
  const right = String(b ?? "");
  return left < right ? -1 : left > right ? 1 : 0;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
