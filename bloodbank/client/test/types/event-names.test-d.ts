// Compiled by event-names.test.ts: each line below an expectation must be an error, every other line must be none.
import type { Consumer, Publisher } from "../../src/index.js";

declare const publisher: Publisher;
declare const consumer: Consumer;

export async function publishing(unknownToTheCompiler: string) {
  await publisher.publish("artifact.created", { artifact_type: "code", file_path: "/a.ts" });
  await publisher.publish(unknownToTheCompiler, { anything: 1 });
  // @ts-expect-error a misspelt event type
  await publisher.publish("artifact.craeted", { artifact_type: "code", file_path: "/a.ts" });
  // @ts-expect-error a required member is missing
  await publisher.publish("artifact.created", { artifact_type: "code" });
  // @ts-expect-error a member of the wrong type
  await publisher.publish("artifact.created", { artifact_type: "code", file_path: 1 });
  // @ts-expect-error a misspelt optional member
  await publisher.publish("artifact.created", { artifact_type: "code", file_path: "/a.ts", titel: "A" });
  // @ts-expect-error a value that the contract does not list
  await publisher.publish("feature.requested", { feature_name: "x", description: "y", priority: "huge" });
}

declare function use(...values: unknown[]): void;

export function consuming() {
  consumer.on("fireflies.transcript.ready", async ({ payload }) => {
    const minutes: number = payload.duration;
    // @ts-expect-error no such member
    use(minutes, payload.lenght);
  });
  consumer.on("theboard.meeting.*", async (event) => {
    if (event.event_type === "theboard.meeting.created") {
      const rounds: number = event.payload.max_rounds;
      use(rounds);
    }
    // @ts-expect-error not an event that the pattern matches
    use(event.event_type === "artifact.created");
  });
  // @ts-expect-error a pattern that matches no known event type
  consumer.on("fireflies.transcrpt.*", async () => {});
}
