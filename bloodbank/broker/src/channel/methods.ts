import { commandInvalid, notImplemented, preconditionFailed } from "../errors.js";
import type { Method } from "../wire/index.js";
import { cancel, consume, get, nack, qos, recover } from "./basic-methods.js";
import type { Channel } from "./channel.js";
import { bindExchange, declareExchange, deleteExchange } from "./exchange-methods.js";
import { deliver } from "./publishing.js";
import { bindQueue, declareQueue, deleteQueue, purgeQueue } from "./queue-methods.js";

/** What a client asks of an open channel. `basic.publish` and single acks come another way: see connection/frames.ts. */
export function handle(channel: Channel, method: Method): void {
  switch (method.name) {
    case "exchange.declare":
      declareExchange(channel, method);
      return;
    case "exchange.delete":
      deleteExchange(channel, method);
      return;
    case "exchange.bind":
    case "exchange.unbind":
      bindExchange(channel, method);
      return;
    case "queue.declare":
      declareQueue(channel, method);
      return;
    case "queue.bind":
    case "queue.unbind":
      bindQueue(channel, method);
      return;
    case "queue.purge":
      purgeQueue(channel, method);
      return;
    case "queue.delete":
      deleteQueue(channel, method);
      return;
    case "basic.qos":
      qos(channel, method);
      return;
    case "basic.consume":
      consume(channel, method);
      return;
    case "basic.cancel":
      cancel(channel, method);
      return;
    case "basic.get":
      get(channel, method);
      return;
    case "basic.ack":
      if (method.multiple) channel.settleMany("ack", channel.unsettled.takeUpTo(method.deliveryTag));
      else channel.ackOne(method.deliveryTag);
      return;
    case "basic.nack":
    case "basic.reject":
      nack(channel, method);
      return;
    case "basic.recover":
    case "basic.recover-async":
      recover(channel, method);
      return;
    case "basic.cancel-ok":
    case "channel.flow-ok":
      return;
    case "channel.flow":
      if (!method.active) throw notImplemented("active=false");
      channel.send("channel.flow-ok", { active: true });
      return;
    case "access.request":
      channel.send("access.request-ok", { ticket: 1 });
      return;
    default:
      changeMode(channel, method);
      return;
  }
}

function changeMode(channel: Channel, method: Method): void {
  const { transaction } = channel;
  switch (method.name) {
    case "confirm.select":
      if (transaction) throw preconditionFailed("cannot switch from tx to confirm mode");
      channel.selectConfirms();
      if (!method.noWait) channel.send("confirm.select-ok", {});
      return;
    case "tx.select":
      if (channel.confirms) throw preconditionFailed("cannot switch from confirm to tx mode");
      channel.selectTransactions();
      channel.send("tx.select-ok", {});
      return;
    case "tx.commit":
      if (!transaction) throw preconditionFailed("channel is not transactional");
      transaction.commit((publication, route) => deliver(channel, publication, route));
      return;
    case "tx.rollback":
      if (!transaction) throw preconditionFailed("channel is not transactional");
      transaction.rollback();
      channel.send("tx.rollback-ok", {});
      return;
    default:
      throw commandInvalid(`unexpected method ${method.name} on an open channel`);
  }
}
