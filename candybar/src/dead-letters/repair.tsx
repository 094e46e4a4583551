/** A dead letter to put right by hand: the event as text, its contract's verdict as one types, then back to its queue. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as z from "zod/mini";
import { post } from "../api/http.js";
import type { DeadLetter } from "../api/schemas.js";
import { Checked, useChecked } from "../contracts/checked.js";

/** The answer to an act on dead letters. */
export const done = z.looseObject({ redriven: z.optional(z.number()), discarded: z.optional(z.number()) });

export function Repair({ letter }: { letter: DeadLetter }) {
  const [text, setText] = useState(() => JSON.stringify(letter.event, null, 2));
  const { event, syntax, check } = useChecked(text);
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: () => post(done, "/api/v1/dead-letters/redrive", { ids: [letter.id], event }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  return (
    <div className="workbench">
      <textarea
        className="field"
        aria-label="The event as JSON"
        rows={16}
        spellCheck={false}
        value={text}
        onChange={(change) => setText(change.target.value)}
      />
      <div className="stack" aria-live="polite">
        <Checked syntax={syntax} check={check} />
        <button
          type="button"
          className="button primary"
          disabled={check.data?.valid !== true || syntax !== "" || send.isPending}
          onClick={() => send.mutate()}
        >
          Redrive as edited
        </button>
        {send.error && <p className="said bad">{send.error.message}</p>}
      </div>
    </div>
  );
}
