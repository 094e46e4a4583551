/** One way to ask the platform something: a deadline, a check of what came, and an error that says what to do. */
import { userInfo } from "node:os";
import { Readable } from "node:stream";
import { systemCode } from "../../errors.js";
import { PROBLEM_TYPE } from "../../http/problem.js";
import { VERSION_HEADER } from "../../http/version-header.js";
import { CliError, type CliErrorCode, messageOf } from "../errors.js";
import type { Terminal } from "../terminal/terminal.js";
import type { PlatformPlace } from "./find-platform.js";
import { type Answer, request } from "./request.js";

export interface AskOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON; a string or a stream as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer's head is there; 30,000 by default, 0 for no limit. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer here, and not a refusal. */
  readonly accept?: readonly number[];
  /** The media type that the answer must be of, where it is read as it streams in. */
  readonly type?: string;
}

/** RFC 9457, with what the platform adds to it. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly nearest?: readonly string[];
  readonly violations?: readonly { readonly pointer?: string; readonly message?: string }[];
}

export class PlatformClient {
  readonly place: PlatformPlace;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(place: PlatformPlace, { env }: Pick<Terminal, "env">, token?: string) {
    const secret = token ?? env.BLOODBANK_TOKEN?.trim();
    this.place = place;
    this.#headers = {
      "x-bloodbank-actor": actor(),
      ...(secret && { authorization: `Bearer ${secret}` }),
    };
  }

  /** The answer, parsed. @throws {CliError} always this. */
  async json<Parsed>(path: string, options: AskOptions = {}): Promise<Parsed> {
    const answer = await this.raw(path, options);
    if (answer.status === 204) {
      // Unread, it would keep its connection, and this process.
      answer.body.resume();
      return undefined as Parsed;
    }
    let text: string;
    try {
      text = await answer.text();
    } catch (cause) {
      throw this.cutOff(cause);
    }
    try {
      // Any program may answer JSON.
      if (answer.body.headers[VERSION_HEADER] === undefined) throw new Error("it is no platform");
      return JSON.parse(text) as Parsed;
    } catch (cause) {
      throw new CliError(
        "NOT_UNDERSTOOD",
        `${this.place.http}${path} answered something that is not a platform's`,
        {
          hint: WHOSE,
          cause,
        },
      );
    }
  }

  /** What ends in the midst of an answer. */
  cutOff(cause: unknown): CliError {
    return new CliError("UNREACHABLE", `${this.place.http} broke off its answer: ${messageOf(cause)}`, {
      hint: "look whether it still runs, and ask again",
      cause,
    });
  }

  /** The answer as it streams in. */
  async raw(path: string, options: AskOptions = {}): Promise<Answer> {
    const { method = "GET", body, headers = {}, deadline = 30_000, signal, accept = [], type } = options;
    const late = new AbortController();
    const timer = deadline > 0 ? setTimeout(() => late.abort(), deadline) : undefined;
    const asIs = body === undefined || typeof body === "string" || body instanceof Readable;
    let answer: Answer;
    try {
      answer = await request(this.place.http + path, {
        method,
        headers: {
          accept: type ?? "application/json",
          ...(!asIs && { "content-type": "application/json" }),
          ...this.#headers,
          ...headers,
        },
        body: asIs ? body : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (systemCode(error) === "ERR_INVALID_CHAR")
        throw new CliError("BAD_USAGE", messageOf(error), {
          hint: "a token, an id and a version are plain ASCII without line breaks",
          cause: error,
        });
      if (late.signal.aborted)
        throw new CliError("SLOW", `no answer from ${this.place.http} within ${deadline / 1_000} s`, {
          hint: "the platform may be overloaded: look at /health/ready and its log",
        });
      throw this.#unreachable(error);
    } finally {
      clearTimeout(timer);
    }
    if (!answer.ok && !accept.includes(answer.status)) throw await refusal(answer, this.place.http, path);
    const given = answer.body.headers["content-type"] ?? "";
    if (answer.ok && type !== undefined && !given.startsWith(type)) {
      answer.body.destroy();
      throw new CliError(
        "NOT_UNDERSTOOD",
        `${this.place.http}${path} answered ${given || "something"}, not ${type}`,
        { hint: WHOSE },
      );
    }
    return answer;
  }

  #unreachable(cause: unknown): CliError {
    const { http, foundBy } = this.place;
    const reason = messageOf(cause);
    return new CliError(
      "UNREACHABLE",
      `no platform answers at ${http} (${foundBy}): ${reason || "no connection"}`,
      {
        hint:
          distrust(cause) ??
          "start it with `npm start` or `bb up`; where it runs elsewhere, name it with --url",
        cause,
      },
    );
  }
}

const WHOSE = "is that address the platform's? `bb config` says where each value comes from";

/** What to do about a certificate, or about a port that speaks the other of http and https. */
function distrust(cause: unknown): string | undefined {
  const code = (cause as { readonly code?: unknown }).code;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "name the platform with --url as its certificate names it";
  if (typeof code === "string" && code.startsWith("HPE_"))
    return "what listens there speaks no HTTP: is it the bus's address?";
  if (code === "EPROTO") return "it speaks no TLS: write the address with http://";
  if (code === "ECONNRESET") return "if it speaks TLS, write the address with https://";
  if (typeof code === "string" && /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_/.test(code))
    return "its certificate is none that this machine trusts: NODE_EXTRA_CA_CERTS=<file in PEM> names one to trust";
  return undefined;
}

async function refusal(answer: Answer, http: string, path: string): Promise<CliError> {
  const text = await answer.text().catch(() => "");
  const ours = answer.body.headers["content-type"]?.startsWith(PROBLEM_TYPE) === true;
  let problem: Problem = {};
  try {
    if (ours) problem = JSON.parse(text);
  } catch {
    // A platform that is going down.
  }
  // A proxy's page, or a program of somebody else's.
  if (!ours && answer.status < 500)
    return new CliError("NOT_UNDERSTOOD", `${http}${path} was answered with ${answer.status}`, {
      hint: WHOSE,
    });
  const { detail, title, code, hint, violations = [], nearest = [] } = problem;
  return new CliError(
    codeOf(answer.status),
    detail ?? title ?? `${path} was answered with ${answer.status}`,
    {
      problem: code,
      // The platform speaks of a header; whoever types has an option.
      hint: answer.status === 401 ? hintFor(401, []) : (hint ?? hintFor(answer.status, nearest)),
      details: violations.map(({ pointer = "", message = "" }) => `${pointer || "/"}  ${message}`),
    },
  );
}

function codeOf(status: number): CliErrorCode {
  if (status === 401 || status === 403) return "NOT_ALLOWED";
  if (status === 404) return "NOT_FOUND";
  return status >= 500 ? "PLATFORM_FAILED" : "REFUSED";
}

function hintFor(status: number, nearest: readonly string[]): string | undefined {
  if (nearest.length > 0) return `did you mean ${nearest.join(" or ")}?`;
  if (status === 401) return "give a token with --token or BLOODBANK_TOKEN";
  if (status === 403) return "this needs a token of the role operator";
  if (status >= 500) return "look at the platform's log, and at `bb doctor`";
  return undefined;
}

/** Who acts, for the record of what operators did. */
function actor(): string {
  try {
    return userInfo().username.replace(/[^\x21-\x7e]/g, "?");
  } catch {
    return "unknown";
  }
}
