/** What a random run does, one step after the other. Names are few, so that steps meet. */
import fc from "fast-check";

export const QUEUES = ["q0", "q1", "q2"] as const;
export const EXCHANGES = ["x0", "x1"] as const;
export const CHANNELS = [0, 1] as const;
/** Where every queue's dead letters go, and nothing else: their order among several queues is nobody's promise. */
export const DEAD = "dead";

/** Kinds of queues, by their arguments. All that die go to `DEAD`, where they may. */
export const QUEUE_KINDS = {
  plain: {},
  short: { maxLength: 2 },
  full: { maxLength: 2, overflow: "reject-publish" },
  dying: { deadLetters: true },
  "short and dying": { maxLength: 1, deadLetters: true },
} as const satisfies Record<string, QueueKind>;

export interface QueueKind {
  readonly maxLength?: number;
  readonly overflow?: "reject-publish";
  readonly deadLetters?: true;
}

export type KindName = keyof typeof QUEUE_KINDS;
export type QueueName = (typeof QUEUES)[number];
export type ExchangeName = (typeof EXCHANGES)[number];
export type ChannelNumber = (typeof CHANNELS)[number];

export type Step =
  | { readonly act: "declare queue"; readonly queue: QueueName; readonly kind: KindName }
  | { readonly act: "delete queue" | "purge"; readonly queue: QueueName }
  | {
      readonly act: "declare exchange";
      readonly exchange: ExchangeName;
      readonly type: "direct" | "topic" | "fanout";
    }
  | { readonly act: "delete exchange"; readonly exchange: ExchangeName }
  | {
      readonly act: "bind" | "unbind";
      readonly queue: QueueName;
      readonly exchange: ExchangeName;
      readonly key: string;
    }
  | {
      readonly act: "publish";
      /** Undefined: the default exchange, with a queue's name as the key. */
      readonly exchange: ExchangeName | undefined;
      readonly key: string;
      readonly count: number;
      readonly mandatory: boolean;
      readonly expires: boolean;
    }
  | { readonly act: "get"; readonly queue: QueueName; readonly channel: ChannelNumber }
  | {
      readonly act: "consume";
      readonly queue: QueueName;
      readonly channel: ChannelNumber;
      readonly prefetch: number;
      readonly noAck: boolean;
    }
  | { readonly act: "cancel"; readonly queue: QueueName }
  /** `nth` of what is unsettled then, counted round. */
  | { readonly act: "settle"; readonly nth: number; readonly how: "ack" | "requeue" | "reject" }
  | { readonly act: "close channel"; readonly channel: ChannelNumber };

const queue = fc.constantFrom(...QUEUES);
const exchange = fc.constantFrom(...EXCHANGES);
const channel = fc.constantFrom(...CHANNELS);
const key = fc.constantFrom("a", "a.b", "b");
const pattern = fc.constantFrom("a", "a.b", "a.*", "#", "b");
const kind = fc.constantFrom(...(Object.keys(QUEUE_KINDS) as KindName[]));

const is = <T extends string>(act: T) => fc.constant(act);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: is("declare queue"), queue, kind }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom("delete queue", "purge"), queue }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: is("declare exchange"),
      exchange,
      type: fc.constantFrom("direct", "topic", "fanout"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: is("delete exchange"), exchange }) },
  { weight: 3, arbitrary: fc.record({ act: is("bind"), queue, exchange, key: pattern }) },
  { weight: 1, arbitrary: fc.record({ act: is("unbind"), queue, exchange, key: pattern }) },
  {
    weight: 8,
    arbitrary: fc
      .record({
        act: is("publish"),
        exchange: fc.option(exchange, { nil: undefined }),
        key,
        queue,
        count: fc.integer({ min: 1, max: 4 }),
        mandatory: fc.boolean(),
        expires: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
      })
      .map(({ queue: name, ...rest }) => ({ ...rest, key: rest.exchange === undefined ? name : rest.key })),
  },
  { weight: 4, arbitrary: fc.record({ act: is("get"), queue, channel }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: is("consume"),
      queue,
      channel,
      prefetch: fc.integer({ min: 0, max: 2 }),
      noAck: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: is("cancel"), queue }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: is("settle"),
      nth: fc.nat(20),
      how: fc.constantFrom("ack", "requeue", "reject"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: is("close channel"), channel }) },
) as fc.Arbitrary<Step>;

/** Runs begin with something to work on: what follows would else mostly fail. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.array(fc.record({ act: is("declare queue"), queue, kind }), { minLength: 1, maxLength: 3 }),
    fc.array(step, { minLength: 5, maxLength: 40 }),
  )
  .map(([first, rest]) => [...first, ...rest]);
