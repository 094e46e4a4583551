/** Ctrl K: every view, event type and service by name, and any event by its id. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { catalogQuery, servicesQuery } from "../api/queries.js";
import { matches } from "./matches.js";
import { VIEWS } from "./shell.js";

interface Command {
  readonly label: string;
  readonly kind: string;
  readonly to: string;
  readonly search?: Record<string, string>;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

export function Palette({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const contracts = useQuery(catalogQuery).data?.contracts;
  const services = useQuery(servicesQuery).data?.services;
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const found = useMemo(() => {
    const all: Command[] = VIEWS.map((view) => ({ label: view.label, kind: view.about, to: view.to }));
    for (const c of contracts ?? []) {
      all.push({ label: `${c.event_type} live`, kind: "Live", to: "/", search: { type: c.event_type } });
      all.push({ label: `${c.event_type} ${c.version}`, kind: "Contract", to: `/contracts/${c.event_type}` });
    }
    for (const s of services ?? [])
      all.push({ label: s.name, kind: "Service", to: "/services", search: { q: s.name } });
    const id = UUID.exec(text)?.[0];
    const event: Command[] = id ? [{ label: id, kind: "Open event", to: `/events/${id}` }] : [];
    return [...event, ...all.filter((command) => matches(`${command.label} ${command.kind}`, text))].slice(
      0,
      40,
    );
  }, [contracts, services, text]);

  const go = (command: Command | undefined) => {
    if (!command) return;
    close();
    // The next Tab goes into the view, and not through all the others again.
    void navigate({ to: command.to, search: command.search ?? {} }).then(() =>
      document.querySelector<HTMLElement>("main")?.focus(),
    );
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to" onClose={close}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${at}`}
        aria-label="A view, event type, service or event id"
        placeholder="A view, event type, service or event id"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
          else if (event.key === "Enter") go(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div id="palette-list" className="options" role="listbox" aria-label="Results" tabIndex={-1}>
        {found.map((command, index) => (
          <div
            key={`${command.kind} ${command.label}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerUp={() => go(command)}
          >
            <span className="clip">{command.label}</span>
            <span className="dim">{command.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="state">Nothing has this name.</p>}
    </dialog>
  );
}
