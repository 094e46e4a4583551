/** Records are verified by later versions than the one that wrote them: what is digested never changes. */
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { digestOf, FIRST_LINK, linkAfter, linkOf } from "../src/audit/chain.js";
import { eventClassOf } from "../src/layout/classes.js";

const eventClass = eventClassOf(1, {
  type: "artifact.created",
  version: "v1",
  app: "müller",
  exchange: "bloodbank.events.v1",
  routingKey: "artifact.created",
  valid: true,
});
const event = {
  id: "0194b0c0-0000-7000-8000-000000000001",
  eventClass,
  receivedAt: 1_767_225_600_000,
  facts: '[53,{"timestamp":1767225600}]',
  body: Buffer.from('{"title":"Grüße"}'),
};
const DIGEST = "514c3a9103ecbb4b3f10476f0ea68e991b8418418e841fdcdd9be3599cad9f73";
const LINK = "d2adcb1a163a61c25bb8b9792df1c1353d9abc780ba25021d6ce31ca730c4669";

test("the digest of an event is the one that earlier versions made", () => {
  expect(digestOf(7, event).toString("hex")).toBe(DIGEST);
});

test("the digest of a large event is the one that earlier versions made, and so are those after it", () => {
  expect(digestOf(7, { ...event, body: Buffer.alloc(100_000, "A") }).toString("hex")).toBe(
    "71ce720232c05a4fc4ec8853c52be324dd94ae3a69c050e0e96ecc89af925ccf",
  );
  expect(digestOf(7, event).toString("hex")).toBe(DIGEST);
});

test.each([
  [0, "473681148c63319194957db36ccecd3e96f6fa75359e72b79f94b88c2ec254f8"],
  [999, "4a4313207345fd70a7d7bb31a104cd33988a9d11e3d24c9fd023bd36ba60d31c"],
  [1000, "170824f85fcc3f0ca7ab5d370ed503eefa474886228f0222cba68195839bc923"],
  [1767225600007, "63974ee521e74dda3046455da3d88f413757e7896d7fbbeef655a83cf168ed01"],
  [1767225601070, "05a3417b298784c9b83f11376b90eab593209134b9e7f308e954543fa8bfa0b3"],
  [1767225601999, "d8208c87f0099013da963607e899151413bdde7bd6d7e005064cbaacd25cd48a"],
  [1.5, "f2070a1a7bb9dbc7c63f13ab875dd73f4e6145dfa8eb5f8bf0caccf76ed6526a"],
])(
  "the digest of an event that was received at %d is the one that earlier versions made",
  (receivedAt, hex) => {
    expect(digestOf(7, { ...event, receivedAt }).toString("hex")).toBe(hex);
  },
);

test("the link of an event is the one that earlier versions made", () => {
  expect(linkAfter(FIRST_LINK, 7, event, eventClass).toString("hex")).toBe(LINK);
  expect(linkOf(FIRST_LINK, Buffer.from(DIGEST, "hex")).toString("hex")).toBe(LINK);
});
