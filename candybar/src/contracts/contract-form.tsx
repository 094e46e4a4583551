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
  return <TextInput common={common} value={value} nullable={field.nullable} set={set} />;
}

interface PlainProps {
  common: Record<string, unknown>;
  value: unknown;
  set: (value: unknown) => void;
}

function TextInput({ common, value, nullable, set }: PlainProps & { nullable: boolean }) {
  const text = typeof value === "string" ? value : "";
  // Once, and not as it grows or shrinks: the field that somebody types in would be taken away from under the hands.
  const [long, setLong] = useState(text.length > 80);
  if (!long && text.includes("\n")) setLong(true);
  const shown = {
    ...common,
    value: text,
    placeholder: value === null ? "null" : "",
    onChange: ({ target }: { target: { value: string } }) =>
      set(target.value === "" ? (nullable ? null : undefined) : target.value),
  };
  return long ? <textarea {...shown} rows={4} /> : <input {...shown} />;
}

/** What is no number stays as it is typed: the contract says what is wrong with it. */
function numberOf(typed: string, nullable: boolean): unknown {
  if (typed === "") return nullable ? null : undefined;
  const number = Number(typed);
  return typed.trim() === typed && Number.isFinite(number) && String(number) === typed ? number : typed;
}

/** As a text that means the same exactly where it is the same. */
const asText = (value: unknown, indent?: number) =>
  value === undefined ? "" : JSON.stringify(value, null, indent);

function JsonInput({ common, value, set }: PlainProps) {
  const [draft, setDraft] = useState(() => asText(value, 1));
  const [broken, setBroken] = useState("");
  const [told, setTold] = useState(() => asText(value));
  // Another event was put in its place: what is drafted is not of that.
  if (asText(value) !== told) {
    setTold(asText(value));
    setDraft(asText(value, 1));
    setBroken("");
  }
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
            const next = target.value.trim() === "" ? undefined : JSON.parse(target.value);
            set(next);
            setTold(asText(next));
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
