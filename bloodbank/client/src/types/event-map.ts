/**
 * The names and payloads that the compiler knows, and which of them a binding pattern matches.
 *
 * A misspelt literal does not compile; a value of type `string` always does, for types that are not known when
 * the program is compiled.
 */
import type { EventMap as CatalogEvents, EventEnvelope } from "@33god/holyfields";

/**
 * Holyfields' generated map: the payload of each event type of the catalog. A program with contracts of its own
 * adds to it: `declare module "@33god/bloodbank" { interface EventMap { "my.event": MyPayload } }`.
 */
export interface EventMap extends CatalogEvents {}

/** Event types that the compiler knows. */
export type KnownEventType = keyof EventMap & string;

type AnyPayload = Readonly<Record<string, unknown>>;

/** `T` where it may be published, `never` where it is a misspelt literal. */
export type EventTypeArgument<T extends string> = [KnownEventType] extends [never]
  ? T
  : string extends T
    ? T
    : T extends KnownEventType
      ? T
      : never;

export type PayloadOf<T extends string> = T extends KnownEventType ? EventMap[T] : AnyPayload;

type Words<S extends string> = S extends `${infer Head}.${infer Rest}` ? [Head, ...Words<Rest>] : [S];

type WordsMatch<
  Pattern extends readonly string[],
  Name extends readonly string[],
> = Pattern extends readonly [infer Head, ...infer Rest extends readonly string[]]
  ? Head extends "#"
    ? WordsMatch<Rest, Name> extends true
      ? true
      : Name extends readonly [string, ...infer Tail extends readonly string[]]
        ? WordsMatch<Pattern, Tail>
        : false
    : Name extends readonly [infer First, ...infer Tail extends readonly string[]]
      ? Head extends "*" | First
        ? WordsMatch<Rest, Tail>
        : false
      : false
  : Name extends readonly []
    ? true
    : false;

/** The known event types that a topic pattern (`*`: one word, `#`: any number) matches. */
export type MatchingTypes<Pattern extends string> = Pattern extends unknown
  ? { [T in KnownEventType]: WordsMatch<Words<Pattern>, Words<T>> extends true ? T : never }[KnownEventType]
  : never;

/** The union of events that a handler registered on `Pattern` receives. */
export type EventsOn<Pattern extends string> = string extends Pattern
  ? EventEnvelope
  : [MatchingTypes<Pattern>] extends [never]
    ? EventEnvelope
    : { [T in MatchingTypes<Pattern>]: EventEnvelope<T, EventMap[T]> }[MatchingTypes<Pattern>];

/** `Pattern` where it matches something, `never` where it is a literal that matches no known event type. */
export type PatternArgument<Pattern extends string> = [KnownEventType] extends [never]
  ? Pattern
  : string extends Pattern
    ? Pattern
    : [MatchingTypes<Pattern>] extends [never]
      ? never
      : Pattern;
