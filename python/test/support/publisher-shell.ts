/** Python `Publisher`s that a test talks to, all in one process. */
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
  /** Closes it, and does not wait for what is still on its way. */
  leave(): Promise<unknown>;
}

export interface Publishers {
  /** `settings` are the keyword arguments of `Publisher`. */
  make(settings?: object): Promise<PublisherShell>;
  /** Leaves all that were made. */
  leaveAll(): Promise<void>;
  stop(): Promise<void>;
}

export function startPublishers(options: ProgramOptions = {}): Publishers {
  const program = startPython(["publisher_shell.py"], options);
  const answers = new Map<number, Answer>();
  let read = 0;
  let asked = 0;
  let made = 0;
  const left: PublisherShell[] = [];

  async function ask(question: object): Promise<Answer> {
    const id = asked++;
    program.tell(JSON.stringify({ id, ...question }));
    return await eventually(
      () => {
        if (program.exitCode !== null) throw new Error(`the publishers ended: ${program.errors}`);
        for (; read < program.lines.length; read++) {
          const [, text] = /^answer (.*)$/.exec(program.lines[read]!) ?? [];
          if (text === undefined) continue;
          const { to, ...answer } = JSON.parse(text) as Answer & { to: number };
          answers.set(to, answer);
        }
        return answers.get(id);
      },
      `an answer to ${JSON.stringify(question)}; ${program.errors}`,
    );
  }

  return {
    async make(settings = {}) {
      const publisher = made++;
      await ask({ do: "make", publisher, settings });
      const shell: PublisherShell = {
        publish: (type, payload, more) =>
          ask({ do: "envelope", publisher, type, payload, options: more ?? {} }),
        publishBody: (key, body, more) => ask({ do: "body", publisher, key, body, options: more ?? {} }),
        start: () => ask({ do: "start", publisher }),
        close: () => ask({ do: "close", publisher }),
        leave: () => ask({ do: "leave", publisher }),
      };
      left.push(shell);
      return shell;
    },
    async leaveAll() {
      await Promise.all(left.splice(0).map((shell) => shell.leave()));
    },
    stop: () => program.stop(),
  };
}
