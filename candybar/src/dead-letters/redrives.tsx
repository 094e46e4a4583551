/** Redrives under way, with how far they are; and those that ended lately. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { post } from "../api/http.js";
import { redrivesQuery } from "../api/queries.js";
import { type Redrive, redrive } from "../api/schemas.js";
import { Ago, EventType } from "../shell/parts.js";
import { Steps } from "../shell/steps.js";

/** Ended ones that are shown. */
const SHOWN = 3;

/** `under way`: those that run or are held, else the last ones that ended. */
export function Redrives({ which }: { which: "under way" | "ended" }) {
  const query = useQuery(redrivesQuery);
  const client = useQueryClient();
  const all = query.data?.redrives ?? [];
  const active = ({ state }: Redrive) => state === "running" || state === "paused";
  const ended = query.data?.redrives
    .filter((one) => !active(one))
    .map((one) => one.redrive_id)
    .join();
  const before = useRef(ended);
  useEffect(() => {
    // What was sent no longer lies there. While one runs that is asked at the usual pace: to count thousands takes
    // longer than the next step of it, and to begin anew with each step would never come to an end.
    if (before.current !== undefined && before.current !== ended)
      for (const key of ["dead-letters", "topology"]) void client.invalidateQueries({ queryKey: [key] });
    before.current = ended;
  }, [ended, client]);
  const shown =
    which === "under way" ? all.filter(active) : all.filter((one) => !active(one)).slice(0, SHOWN);
  return shown.map((one) => <RedriveCard key={one.redrive_id} redrive={one} />);
}

function RedriveCard({ redrive: one }: { redrive: Redrive }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (what: "pause" | "resume" | "cancel") =>
      post(redrive, `/api/v1/dead-letters/redrives/${encodeURIComponent(one.redrive_id)}/${what}`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ["redrives"] }),
  });
  const [failed] = one.failed;
  return (
    <Steps
      data={{ "data-redrive": one.redrive_id }}
      state={one.state}
      done={one.done}
      total={one.total}
      act={(what) => act.mutate(what)}
      acting={act.isPending}
      error={one.error ?? act.error?.message}
      title={
        <>
          <span>redrive of</span>
          {one.event_types.map((type) => (
            <EventType key={type} type={type} />
          ))}
          <span className="dim">→ {one.queues.join(", ")}</span>
        </>
      }
    >
      {one.rate !== undefined && <span>{one.rate.toLocaleString()} a second at most</span>}
      <span>
        started <Ago at={Date.parse(one.created_at)} inWords />
      </span>
      {one.actor && <span>by {one.actor}</span>}
      {one.reason && <span>“{one.reason}”</span>}
      {failed && (
        <span className="tag bad">
          {one.failed.length.toLocaleString()} stayed: {failed.reason}
        </span>
      )}
    </Steps>
  );
}
