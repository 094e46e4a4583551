/** An example to change, check against the contract as one types, and publish as a test event. */
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as z from "zod/mini";
import { ApiError, post } from "../api/http.js";
import type { Contract } from "../api/schemas.js";
import { useChecked } from "./checked.js";
import { EventEditor } from "./event-editor.js";

const accepted = z.looseObject({ event_id: z.string() });

const freshId = () => {
  // crypto.randomUUID needs a secure context; the page is also opened over plain HTTP in a local network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const skeleton = (contract: Contract) => ({
  event_id: freshId(),
  event_type: contract.event_type,
  timestamp: new Date().toISOString(),
  version: contract.version,
  source: { host: location.hostname, type: "manual", app: "candybar" },
  correlation_ids: [],
  agent_context: null,
  payload: {},
});

export function Workbench({ contract }: { contract: Contract }) {
  const [text, setText] = useState("");
  const load = (index: number) => {
    const example = contract.examples[index];
    setText(
      JSON.stringify(
        { ...skeleton(contract), ...example, event_id: freshId(), timestamp: new Date().toISOString() },
        null,
        2,
      ),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first example of a new contract
  useEffect(() => load(0), [contract.event_type, contract.version]);

  const checked = useChecked(text);
  const { event, syntax } = checked;
  const publish = useMutation({
    mutationFn: () => post(accepted, `/events/${encodeURIComponent(contract.event_type)}`, event),
  });
  return (
    <section className="card">
      <header>
        <h2>Try it</h2>
        {contract.examples.map((_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an example is its number
          <button type="button" className="button" key={index} onClick={() => load(index)}>
            Example {index + 1}
          </button>
        ))}
        <span className="spring" />
        <button
          type="button"
          className="button primary"
          disabled={syntax !== "" || publish.isPending}
          onClick={() => publish.mutate()}
        >
          Publish as a test event
        </button>
      </header>
      <div className="body">
        <EventEditor
          label="A whole event as JSON"
          schema={contract.schema}
          first="json"
          text={text}
          tell={(changed) => {
            setText(changed);
            publish.reset();
          }}
          checked={checked}
        >
          {publish.data && (
            <p className="said ok">
              Published.{" "}
              <Link to="/events/$eventId" params={{ eventId: publish.data.event_id }}>
                See the event
              </Link>
            </p>
          )}
          {publish.error && (
            <div className="said bad">
              <p>{publish.error.message}</p>
              {publish.error instanceof ApiError && publish.error.hint && <p>{publish.error.hint}</p>}
            </div>
          )}
        </EventEditor>
      </div>
    </section>
  );
}
