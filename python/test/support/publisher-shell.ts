/** A Python `Publisher` that a test talks to. */
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { type ProgramOptions, startPython } from "./python.js";

export interface Answer {
  readonly event_id?: string;
  readonly routed?: boolean;
  readonly error?: string;
  readonly message?: string;
  readonly pointers?: readonly string[];
  readonly nearest?: readonly string[];
}

export interface PublisherShell {
  /** Publishes a new event of a type; resolves with what `publish` returned or raised. */
  publish(type: string, payload: object, options?: object): Promise<Answer>;
  /** Publishes a body written in Python. */
  publishBody(routingKey: string, python: string, options?: object): Promise<Answer>;
  start(): Promise<Answer>;
  close(): Promise<Answer>;
  stop(): Promise<void>;
}

/** `settings` are the keyword arguments of `Publisher`. */
export async function startPublisher(settings: object, options: ProgramOptions): Promise<PublisherShell> {
  const program = startPython(["publisher_shell.py", JSON.stringify(settings)], options);
  await program.said("ready");
  let asked = 0;
  const ask = async (question: object): Promise<Answer> => {
    const id = asked++;
    program.tell(JSON.stringify({ id, ...question }));
    return await eventually(
      () => {
        if (program.exitCode !== null) throw new Error(`the publisher ended: ${program.errors}`);
        for (const line of program.lines) {
          if (!line.startsWith("answer ")) continue;
          const answer = JSON.parse(line.slice(7)) as Answer & { to: number };
          if (answer.to === id) return answer;
        }
        return undefined;
      },
      `an answer to ${JSON.stringify(question)}; ${program.errors}`,
    );
  };
  return {
    publish: (type, payload, more) => ask({ do: "envelope", type, payload, options: more ?? {} }),
    publishBody: (key, body, more) => ask({ do: "body", key, body, options: more ?? {} }),
    start: () => ask({ do: "start" }),
    close: () => ask({ do: "close" }),
    stop: () => program.stop(),
  };
}
