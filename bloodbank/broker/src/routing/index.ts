import { DirectRouter } from "./direct.js";
import { FanoutRouter } from "./fanout.js";
import { HeadersRouter } from "./headers.js";
import type { ExchangeType, Router } from "./router.js";
import { TopicRouter } from "./topic.js";

export * from "./router.js";

export function createRouter<D>(type: ExchangeType): Router<D> {
  switch (type) {
    case "direct":
      return new DirectRouter();
    case "fanout":
      return new FanoutRouter();
    case "headers":
      return new HeadersRouter();
    case "topic":
      return new TopicRouter();
  }
}
