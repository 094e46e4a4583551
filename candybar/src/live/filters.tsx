/** Filters live in the address, so that a view can be shared. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { memo, useEffect, useRef, useState } from "react";
import { catalogQuery, servicesQuery } from "../api/queries.js";
import type { LiveFilter } from "./live-stream.js";

/** As the history's own filter has it: words between dots. */
const TYPE = /^[^\s.]+(\.[^\s.]+)*$/;

const wrongTypes = (text: string) =>
  text.split(",").every((part) => part.trim() === "" || TYPE.test(part.trim()))
    ? undefined
    : "A type is words between dots, as in llm.prompt or theboard.#: * is one word, # any number, commas part several.";

/** A text field that tells its value when the typing pauses, or what is wrong with it: then what is shown stays. */
function Field(props: {
  id: string;
  label: string;
  value: string;
  list?: string;
  wrong?: (value: string) => string | undefined;
  tell: (value: string) => void;
}) {
  const [draft, setDraft] = useState(props.value);
  const [complaint, setComplaint] = useState<string>();
  const said = `${props.id}-said`;
  const write = (text: string) => {
    setDraft(text);
    setComplaint(undefined);
  };
  const settle = useRef(() => {});
  settle.current = () => {
    const complaint = props.wrong?.(draft);
    setComplaint(complaint);
    if (complaint === undefined) props.tell(draft);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new value overwrites what is being typed
  useEffect(() => write(props.value), [props.value]);
  useEffect(() => {
    if (draft === props.value) return;
    const timer = setTimeout(() => settle.current(), 300);
    return () => clearTimeout(timer);
  }, [draft, props.value]);
  return (
    <>
      <input
        id={props.id}
        className="field"
        type="search"
        aria-label={props.label}
        aria-invalid={complaint !== undefined}
        aria-describedby={complaint && said}
        placeholder={props.label}
        list={props.list}
        value={draft}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter") settle.current();
        }}
        spellCheck={false}
        autoComplete="off"
      />
      {complaint && (
        <p id={said} className="complaint" role="status">
          {complaint}
        </p>
      )}
    </>
  );
}

export const Filters = memo(function Filters({ filter }: { filter: LiveFilter }) {
  const navigate = useNavigate();
  const contracts = useQuery(catalogQuery).data?.contracts ?? [];
  const services = useQuery(servicesQuery).data?.services ?? [];
  const types = [...new Set(contracts.map((c) => c.event_type))];
  const domains = [...new Set(types.map((type) => `${type.split(".")[0]}.#`))];
  const set = (change: Partial<LiveFilter>) =>
    void navigate({
      to: ".",
      replace: true,
      search: Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value)),
    });
  return (
    <search className="filters" aria-label="Filters">
      <Field
        id="filter-type"
        label="Type or pattern"
        list="types"
        value={filter.type ?? ""}
        wrong={wrongTypes}
        tell={(type) => set({ type: type.trim() })}
      />
      <Field
        id="filter-source"
        label="Source"
        list="sources"
        value={filter.source ?? ""}
        tell={(source) => set({ source: source.trim() })}
      />
      <Field id="filter-text" label="Text" value={filter.text ?? ""} tell={(text) => set({ text })} />
      <select
        className="field"
        aria-label="Validity"
        value={filter.valid ?? ""}
        onChange={(event) => set({ valid: (event.target.value || undefined) as LiveFilter["valid"] })}
      >
        <option value="">Valid or not</option>
        <option value="true">Valid</option>
        <option value="false">Invalid</option>
      </select>
      <datalist id="types">
        {[...domains, ...types].map((type) => (
          <option key={type} value={type} />
        ))}
      </datalist>
      <datalist id="sources">
        {services.map((service) => (
          <option key={service.name} value={service.name} />
        ))}
      </datalist>
    </search>
  );
});
