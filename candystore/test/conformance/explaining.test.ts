import { expect, it } from "vitest";
import { delivery, raw } from "../support/deliveries.js";
import { onEachStore } from "../support/engines.js";

onEachStore("explaining", (fixture) => {
  const at = Date.parse("2026-11-20T00:00:00Z");
  const root = delivery({ at });
  const other = delivery({ at: at + 5 });
  const left = delivery({ causes: [root.id], at: at + 40 });
  const right = delivery({ causes: [root.id, other.id], at: at + 90 });
  const leaf = delivery({ causes: [left.id, right.id], at: at + 100 });
  const all = [root, other, left, right, leaf];

  it("gives the whole connected graph, whichever event of it is asked for", async () => {
    const { store } = fixture();
    await store.append([...all, delivery()]);
    for (const { id } of all) {
      const trace = await store.trace(id);
      expect(trace?.nodes.map((node) => node.event_id)).toEqual(all.map((event) => event.id));
      expect(trace?.roots).toEqual([root.id, other.id]);
      expect(trace?.truncated).toBe(false);
    }
  });

  it("gives causes, effects, and how long each step took", async () => {
    const trace = await fixture().store.trace(leaf.id);
    const node = (id: string) => trace?.nodes.find(({ event_id }) => event_id === id);
    expect(node(root.id)).toMatchObject({ causes: [], effects: [left.id, right.id], lag_ms: 0 });
    expect(node(root.id)?.after_cause_ms).toBeUndefined();
    expect(node(right.id)).toMatchObject({
      causes: [root.id, other.id],
      effects: [leaf.id],
      after_cause_ms: 85,
    });
    expect(node(leaf.id)).toMatchObject({ after_cause_ms: 10, event_type: "artifact.created", valid: true });
  });

  it("shows a cause that was never stored as missing, with all that names it", async () => {
    const { store } = fixture();
    const gone = delivery();
    const first = delivery({ causes: [gone.id] });
    const second = delivery({ causes: [gone.id] });
    await store.append([first, second]);
    const trace = await store.trace(first.id);
    expect(trace?.roots).toEqual([gone.id]);
    expect(trace?.nodes.map(({ event_id, missing }) => [event_id, missing])).toEqual([
      [first.id, false],
      [second.id, false],
      [gone.id, true],
    ]);
    expect(trace?.nodes[2]?.effects).toEqual([first.id, second.id]);
  });

  it("joins what came before its cause", async () => {
    const { store } = fixture();
    const late = delivery();
    const early = delivery({ causes: [late.id] });
    await store.append([early]);
    await store.append([late]);
    expect((await store.trace(early.id))?.roots).toEqual([late.id]);
  });

  it("ends on a circle of causes", async () => {
    const { store } = fixture();
    const one = delivery();
    const two = delivery({ causes: [one.id] });
    const three = delivery({ id: one.id, causes: [two.id] });
    await store.append([two, three]);
    const trace = await store.trace(one.id);
    expect(trace?.nodes).toHaveLength(2);
    expect(trace?.roots).toHaveLength(1);
  });

  it("cuts a graph at the limit and says so", async () => {
    const { store } = fixture();
    const parent = delivery();
    await store.append([parent, ...Array.from({ length: 30 }, () => delivery({ causes: [parent.id] }))]);
    const trace = await store.trace(parent.id, 10);
    expect(trace?.nodes).toHaveLength(10);
    expect(trace?.truncated).toBe(true);
    expect((await store.trace(parent.id))?.nodes).toHaveLength(31);
  });

  it("reads time and causes of an effect wherever its body says them", async () => {
    const { store } = fixture();
    const cause = delivery({ at });
    const cause2 = delivery({ at });
    const sent = "2026-11-20T00:00:01.000Z";
    const bodyOf = (id: string, app: string, end: string, more: object = {}) =>
      `${JSON.stringify({
        event_id: id,
        event_type: "artifact.created",
        timestamp: sent,
        version: "v1",
        source: { host: "test", type: "system", app },
        correlation_ids: [cause.id],
        agent_context: null,
        payload: { artifact_type: "document", file_path: "/a.md", ...more },
      }).slice(0, -1)}${end}}`;
    const written: readonly (readonly [app: string, end: string, more?: object])[] = [
      ["plain", ""],
      ["Überwachung", ""],
      ['in "quotes"', ""],
      ["far behind".padEnd(600, "."), ""],
      ["large", "", { text: "x".repeat(40_000) }],
      ["with its name in the payload", "", { timestamp: 1, correlation_ids: [2], event_id: 3 }],
      ["with escapes behind", "", { text: "ä\n\\".repeat(300) }],
      ["with zeros", "", { text: "\0\u0001" }],
      ["at the edge", ` ,"note":"${"n".repeat(60)}"`],
    ];
    const plain = written.map(([app, end, more]) => {
      const { id } = delivery();
      return { id, sent, causes: [cause.id], delivered: raw(bodyOf(id, app, end, more)) };
    });
    // What stands there twice counts as it stands there last.
    const later = "2026-11-20T00:00:02.000Z";
    const again = [
      `,"timestamp":"${later}","correlation_ids":["${cause.id}","${cause2.id}"]`,
      `,"time\\u0073tamp":"${later}","correlation\\u005fids":["${cause.id}","${cause2.id}"]`,
      `,"padding":"${"p".repeat(2_000)}","timestamp":"${later}","correlation_ids":["${cause.id}","${cause2.id}"]`,
    ].map((end) => {
      const { id } = delivery();
      return {
        id,
        sent: later,
        causes: [cause.id, cause2.id],
        delivered: raw(bodyOf(id, "again", end, { n: "-".repeat(30) })),
      };
    });
    const effects = [...plain, ...again];
    await store.append([cause, cause2, ...effects.map(({ delivered }) => delivered)]);
    const trace = await store.trace(cause.id);
    expect(
      trace?.nodes.slice(2).map((node) => ({
        id: node.event_id,
        sent: node.missing ? undefined : node.timestamp,
        causes: node.causes,
      })),
    ).toEqual(effects.map(({ id, sent, causes }) => ({ id, sent, causes })));
    expect(trace?.nodes[0]?.effects).toEqual(effects.map(({ id }) => id));
  });

  it("gives the effects of more events than are asked for at once", async () => {
    const { store } = fixture();
    const first = delivery();
    const second = Array.from({ length: 300 }, () => delivery({ causes: [first.id] }));
    const third = second.flatMap(({ id }) => [delivery({ causes: [id] }), delivery({ causes: [id] })]);
    await store.append([first, ...second, ...third]);
    const trace = await store.trace(first.id);
    expect(trace?.nodes.map((node) => node.event_id)).toEqual(
      [first, ...second, ...third].map(({ id }) => id),
    );
    expect(trace?.nodes[1]?.effects).toEqual(third.slice(0, 2).map(({ id }) => id));
  });

  it("has no trace of an event that is not stored", async () => {
    expect(await fixture().store.trace(delivery().id)).toBeUndefined();
  });
});
