/** The Bloodbank client: publish and consume typed events over AMQP 0-9-1, whichever broker answers. */
export type { EventEnvelope } from "@33god/holyfields";
export type { BreakerSettings } from "./consume/breaker.js";
export { Consumer, type ConsumerSettings, type Handler } from "./consume/consumer.js";
export { RawConsumer, type RawConsumerSettings } from "./consume/raw-consumer.js";
export type { DeliveryProperties, RawDelivery } from "./consume/raw-delivery.js";
export { suspectsQueue } from "./consume/suspects.js";
export type { LoopSettings } from "./consume/task.js";
export { WorkConsumer, type WorkConsumerSettings } from "./consume/work-consumer.js";
export * from "./contract.js";
export { currentHandling, type Handling, whileHandling } from "./correlation/handling.js";
export { correlationHeaders, HTTP_HEADERS, whileCausedBy } from "./correlation/http-headers.js";
export {
  postgresConnection,
  postgresTransactions,
  type Row,
  type SqlConnection,
  sqliteConnection,
  sqliteTransactions,
  type Transactions,
} from "./database/connection.js";
export type * from "./dead-letters/contract.js";
export { DeadLetters, type DeadLettersSettings } from "./dead-letters/dead-letters.js";
export { type BindingFacts, findDeadLetterQueues, type QueueFacts } from "./dead-letters/find-queues.js";
export { refuseEmpty } from "./dead-letters/select.js";
export { createEnvelope, type EnvelopeOptions } from "./envelope/create-envelope.js";
export { canonicalJson, eventId } from "./envelope/event-id.js";
export {
  BloodbankError,
  ContractViolation,
  ERROR_CODES,
  type ErrorCode,
  NonRetryable,
  PublishRefused,
  PublishRejected,
  PublishTimeout,
} from "./errors.js";
export { Inbox, type InboxSettings } from "./inbox/inbox.js";
export type { StartOptions } from "./link/link.js";
export { Outbox, type OutboxEntry, type OutboxSettings, type ParkedEntry } from "./outbox/outbox.js";
export { OutboxRelay, type OutboxRelaySettings } from "./outbox/relay.js";
export {
  type Publication,
  Publisher,
  type PublisherSettings,
  type SendOptions,
} from "./publish/publisher.js";
export { type RawMessage, RawPublisher } from "./publish/raw-publisher.js";
export { CONVENTIONS_VERSION } from "./telemetry/conventions.js";
export { declareQueues, type QueueDeclaration } from "./topology/declare-queues.js";
export { deadLetterQueue, retryQueue } from "./topology/names.js";
export { type QueueDepth, QueueDepths } from "./topology/queue-depths.js";
export { purgeQueue, queueDepth } from "./topology/queue-now.js";
export { topicMatcher } from "./topology/topic-pattern.js";
export type {
  EventMap,
  EventsOn,
  EventTypeArgument,
  KnownEventType,
  MatchingTypes,
  PatternArgument,
  PayloadOf,
} from "./types/event-map.js";
