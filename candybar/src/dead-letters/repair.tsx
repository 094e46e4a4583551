/** A dead letter to put right by hand: its contract's form with the verdict as one types, then back to its queue. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as z from "zod/mini";
import { post } from "../api/http.js";
import { contractQuery } from "../api/queries.js";
import type { DeadLetter } from "../api/schemas.js";
import { useChecked } from "../contracts/checked.js";
import { EventEditor } from "../contracts/event-editor.js";

/** The answer to an act on dead letters. */
export const done = z.looseObject({ redriven: z.optional(z.number()), discarded: z.optional(z.number()) });

export function Repair({ letter }: { letter: DeadLetter }) {
  const [text, setText] = useState(() => JSON.stringify(letter.event, null, 2));
  const checked = useChecked(text);
  const { event, syntax, check } = checked;
  const { event_type, version } = (event ?? {}) as { event_type?: unknown; version?: unknown };
  const named = typeof event_type === "string" && typeof version === "string";
  const contract = useQuery({
    ...contractQuery(String(event_type), String(version)),
    enabled: named,
    retry: false,
  });
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: () => post(done, "/api/v1/dead-letters/redrive", { ids: [letter.id], event }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  return (
    <EventEditor
      label="The event as JSON"
      schema={named ? contract.data?.schema : undefined}
      first="form"
      text={text}
      tell={setText}
      checked={checked}
    >
      <button
        type="button"
        className="button primary"
        disabled={check.data?.valid !== true || syntax !== "" || send.isPending}
        onClick={() => send.mutate()}
      >
        Redrive as edited
      </button>
      <p className="dim">It gets an id of its own, with this letter's event as its cause.</p>
      {send.error && <p className="said bad">{send.error.message}</p>}
    </EventEditor>
  );
}
