/** The two engines of the bus as the platform's environment names them. */
import { rabbitmq } from "../../../bloodbank/client/test/support/engines.js";

export interface PlatformEngine {
  readonly name: string;
  readonly available: boolean;
  /** Whether it asks the contracts before it routes. */
  readonly admits: boolean;
  open(): Promise<{ readonly env: Readonly<Record<string, string>>; close(): Promise<void> }>;
}

export const engines: readonly PlatformEngine[] = [
  {
    name: "embedded broker",
    available: true,
    admits: true,
    open: async () => ({ env: {}, close: async () => undefined }),
  },
  {
    name: "RabbitMQ",
    available: rabbitmq.available,
    admits: false,
    async open() {
      const bus = await rabbitmq.open();
      const management = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "http://127.0.0.1:15672/";
      return {
        env: { RABBITMQ_URL: bus.url, RABBITMQ_MANAGEMENT_URL: management },
        close: () => bus.close(),
      };
    },
  },
];
