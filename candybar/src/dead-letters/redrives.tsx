/** Redrives under way, with how far they are; and those that ended lately. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { post } from "../api/http.js";
import { redrivesQuery } from "../api/queries.js";
import { type Redrive, redrive } from "../api/schemas.js";
import { Ago, EventType } from "../shell/parts.js";
import { Steps } from "../shell/steps.js";

const SHOWN = 5;

export function Redrives() {
  const query = useQuery(redrivesQuery);
  const client = useQueryClient();
  const all = query.data?.redrives ?? [];
  const sent = all.reduce((sum, one) => sum + one.done, 0);
  const before = useRef(sent);
  useEffect(() => {
    // What was sent no longer lies there.
    if (before.current !== sent) void client.invalidateQueries({ queryKey: ["dead-letters"] });
    before.current = sent;
  }, [sent, client]);
  const shown = all.filter(
    (one, index) => index < SHOWN || one.state === "running" || one.state === "paused",
  );
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
