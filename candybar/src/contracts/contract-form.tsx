/** An event's payload as the form that its contract is: a field each, what is wrong with it beside it. */
import { useId, useState } from "react";
import type { Violation } from "../api/schemas.js";
import { type FormField, formFields, type Schema, valueAt, withValue } from "./form-fields.js";

interface FormProps {
  schema: Schema;
  event: unknown;
  violations: readonly Violation[];
  change: (event: unknown) => void;
}

export function ContractForm({ schema, event, violations, change }: FormProps) {
  const fields = formFields(schema, event);
  if (fields.length === 0)
    return <p className="dim">The contract does not name the payload's members: write it as JSON.</p>;
  return (
    <div className="contract-form">
      {fields.map((field) => (
        <Field key={field.pointer} field={field} event={event} violations={violations} change={change} />
      ))}
    </div>
  );
}

type FieldProps = Omit<FormProps, "schema"> & { field: FormField };

function Field(props: FieldProps) {
  const { field, event, violations, change } = props;
  const id = useId();
  if (field.kind === "group")
    return (
      <fieldset>
        <legend>
          <Name field={field} />
        </legend>
        {field.members.map((member) => (
          <Field key={member.pointer} {...props} field={member} />
        ))}
      </fieldset>
    );
  const wrong = violations.filter(
    ({ pointer }) => pointer === field.pointer || pointer.startsWith(`${field.pointer}/`),
  );
  const value = valueAt(event, field.path);
  const set = (next: unknown) => change(withValue(event, field.path, next));
  const said = `${id}-said`;
  return (
    <div className="labelled">
      <label htmlFor={id}>
        <Name field={field} />
      </label>
      <Input id={id} field={field} value={value} set={set} said={said} wrong={wrong.length > 0} />
      <div id={said} className="field-said">
        {wrong.length === 0 && field.hint && <span className="dim">{field.hint}</span>}
        {wrong.map(({ pointer, message }) => (
          <span className="wrong" key={`${pointer} ${message}`}>
            {pointer !== field.pointer && <code>{pointer.slice(field.pointer.length)} </code>}
            {message}
          </span>
        ))}
      </div>
    </div>
  );
}

const Name = ({ field }: { field: FormField }) => (
  <code className={field.required ? "required" : ""}>
    {field.name}
    {field.required && (
      <span className="star">
        *<span className="sr"> required</span>
      </span>
    )}
  </code>
);

interface InputProps {
  id: string;
  field: FormField;
  value: unknown;
  set: (value: unknown) => void;
  said: string;
  wrong: boolean;
}

function Input({ id, field, value, set, said, wrong }: InputProps) {
  const common = { id, className: "field", "aria-describedby": said, "aria-invalid": wrong };
  // What is not of the contract's type can only be put right as what it is.
  const odd =
    value !== undefined &&
    value !== null &&
    ((field.kind === "text" && typeof value !== "string") ||
      (field.kind === "flag" && typeof value !== "boolean"));
  if (field.kind === "json" || odd) return <JsonInput common={common} value={value} set={set} />;
  if (field.kind === "fixed") return <input {...common} readOnly value={JSON.stringify(field.choices[0])} />;
  if (field.kind === "choice" || field.kind === "flag") {
    const choices = field.kind === "flag" ? [true, false] : field.choices;
    const index = choices.indexOf(value);
    return (
      <select
        {...common}
        value={value === undefined ? "" : index < 0 ? "other" : String(index)}
        onChange={(change) =>
          set(change.target.value === "" ? undefined : choices[Number(change.target.value)])
        }
      >
        <option value="">(not said)</option>
        {value !== undefined && index < 0 && <option value="other">{JSON.stringify(value)}</option>}
        {choices.map((choice, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a choice is its place
          <option key={at} value={at}>
            {typeof choice === "string" ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === "number")
    return (
      <input
        {...common}
        inputMode="decimal"
        value={value === undefined || value === null ? "" : String(value)}
        placeholder={value === null ? "null" : ""}
        onChange={({ target }) => set(numberOf(target.value, field.nullable))}
      />
    );
  const text = typeof value === "string" ? value : "";
  const tell = (typed: string) => set(typed === "" ? (field.nullable ? null : undefined) : typed);
  const placeholder = value === null ? "null" : "";
  return text.length > 80 || text.includes("\n") ? (
    <textarea
      {...common}
      rows={4}
      value={text}
      placeholder={placeholder}
      onChange={(e) => tell(e.target.value)}
    />
  ) : (
    <input {...common} value={text} placeholder={placeholder} onChange={(e) => tell(e.target.value)} />
  );
}

/** What is no number stays as it is typed: the contract says what is wrong with it. */
function numberOf(typed: string, nullable: boolean): unknown {
  if (typed === "") return nullable ? null : undefined;
  const number = Number(typed);
  return typed.trim() === typed && Number.isFinite(number) && String(number) === typed ? number : typed;
}

function JsonInput({
  common,
  value,
  set,
}: {
  common: Record<string, unknown>;
  value: unknown;
  set: (value: unknown) => void;
}) {
  const [draft, setDraft] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 1)));
  const [broken, setBroken] = useState("");
  return (
    <>
      <textarea
        {...common}
        rows={Math.min(8, 1 + draft.split("\n").length)}
        spellCheck={false}
        value={draft}
        placeholder="JSON"
        onChange={({ target }) => {
          setDraft(target.value);
          try {
            set(target.value.trim() === "" ? undefined : JSON.parse(target.value));
            setBroken("");
          } catch (error) {
            setBroken((error as Error).message);
          }
        }}
      />
      {broken && <span className="field-said wrong">Not JSON yet, so not taken over: {broken}</span>}
    </>
  );
}
