/** An event to write: as its contract's form, or as JSON. Both are the same text, and what is said of it stands beside. */
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Verdict } from "../api/schemas.js";
import { Checked } from "./checked.js";
import { ContractForm } from "./contract-form.js";
import type { Schema } from "./form-fields.js";

interface Props {
  label: string;
  /** Absent where no contract is known: then there is only JSON. */
  schema: Schema | undefined;
  first: "form" | "json";
  text: string;
  tell: (text: string) => void;
  checked: { event: unknown; syntax: string; check: UseQueryResult<Verdict> };
  children: ReactNode;
}

export function EventEditor({ label, schema, first, text, tell, checked, children }: Props) {
  const [chosen, setChosen] = useState(first);
  const { event, syntax, check } = checked;
  const mode = schema === undefined || syntax !== "" ? "json" : chosen;
  const choice = (which: "form" | "json", name: string) => (
    <button
      type="button"
      className="button"
      aria-pressed={mode === which}
      disabled={which === "form" && (schema === undefined || syntax !== "")}
      onClick={() => setChosen(which)}
    >
      {name}
    </button>
  );
  return (
    <div className="workbench">
      <div className="stack">
        <fieldset className="modes" aria-label="Write it as">
          {choice("form", "Form")}
          {choice("json", "JSON")}
        </fieldset>
        {mode === "form" && schema !== undefined ? (
          <ContractForm
            schema={schema}
            event={event}
            violations={check.data?.violations ?? []}
            change={(changed) => tell(JSON.stringify(changed, null, 2))}
          />
        ) : (
          <textarea
            className="field"
            aria-label={label}
            rows={20}
            spellCheck={false}
            value={text}
            onChange={(change) => tell(change.target.value)}
          />
        )}
      </div>
      <div className="stack verdict-side" aria-live="polite">
        <Checked syntax={syntax} check={check} />
        {children}
      </div>
    </div>
  );
}
