/** Asks before what cannot be undone, with the count, and with a reason where one must be given. */
import { type ReactNode, useEffect, useRef, useState } from "react";

export function Confirm(props: {
  title: string;
  detail: string;
  act: string;
  /** What the other button says. */
  back?: string;
  danger: boolean;
  reason: boolean;
  /** Further fields. */
  children?: ReactNode;
  close: () => void;
  confirm: (reason: string) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={props.title} onClose={props.close}>
      <form
        className="ask"
        method="dialog"
        onSubmit={() => {
          props.confirm(reason);
        }}
      >
        <h3>{props.title}</h3>
        <p className="dim">{props.detail}</p>
        {props.reason && (
          <input
            className="field"
            aria-label="Why"
            placeholder="Why? It is kept in the history."
            required
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
        {props.children}
        <menu>
          {/* Closed by itself and not taken away, it gives the focus back to where it was. */}
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {props.back ?? "Cancel"}
          </button>
          <button type="submit" className={`button ${props.danger ? "danger" : "primary"}`}>
            {props.act}
          </button>
        </menu>
      </form>
    </dialog>
  );
}
