/** Filters live in the address, so that a view can be shared. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { catalogQuery, servicesQuery } from "../api/queries.js";
import type { LiveFilter } from "./live-stream.js";

/** A text field that tells its value when the typing pauses. */
function Field(props: {
  id: string;
  label: string;
  value: string;
  list?: string;
  tell: (value: string) => void;
}) {
  const [draft, setDraft] = useState(props.value);
  const tell = useRef(props.tell);
  tell.current = props.tell;
  useEffect(() => setDraft(props.value), [props.value]);
  useEffect(() => {
    if (draft === props.value) return;
    const timer = setTimeout(() => tell.current(draft), 300);
    return () => clearTimeout(timer);
  }, [draft, props.value]);
  return (
    <input
      id={props.id}
      className="field"
      type="search"
      aria-label={props.label}
      placeholder={props.label}
      list={props.list}
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
        if (event.key === "Enter") tell.current(draft);
      }}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

export function Filters({ filter }: { filter: LiveFilter }) {
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
}
