/** What the contracts say to an event while somebody writes it. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { post } from "../api/http.js";
import { type Verdict, verdict } from "../api/schemas.js";

/** The text as JSON, and the platform's verdict on it, asked for when the typing pauses. */
export function useChecked(text: string) {
  let event: unknown;
  let syntax = "";
  try {
    event = JSON.parse(text || "null");
  } catch (error) {
    syntax = (error as Error).message;
  }
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const check = useQuery({
    queryKey: ["validate", settled],
    queryFn: () => post(verdict, "/schemas/validate", JSON.parse(settled)),
    enabled: syntax === "" && settled !== "" && settled === text,
    retry: false,
    gcTime: 0,
  });
  return { event, syntax, check };
}

export function Checked({ syntax, check }: { syntax: string; check: UseQueryResult<Verdict> }) {
  if (syntax) return <p className="said bad">Not JSON yet: {syntax}</p>;
  if (check.error) return <p className="said bad">{check.error.message}</p>;
  if (!check.data) return <p className="dim">Checking…</p>;
  return <Judgement verdict={check.data} />;
}

function Judgement({ verdict }: { verdict: Verdict }) {
  if (verdict.valid) return <p className="said ok">It keeps the contract.</p>;
  return (
    <div className="said bad">
      <p>{verdict.message ?? "It breaks the contract."}</p>
      <ul>
        {verdict.violations.map((v) => (
          <li key={`${v.pointer} ${v.message}`}>
            <code>{v.pointer || "/"}</code> {v.message}
          </li>
        ))}
      </ul>
      {verdict.nearest.length > 0 && <p>Did you mean {verdict.nearest.join(", ")}?</p>}
    </div>
  );
}
