/** What could not be handled, grouped by why, with the acts that put it right. */
import { useQuery } from "@tanstack/react-query";
import { letterGroupsQuery } from "../api/queries.js";
import { counted } from "../shell/counted.js";
import { Answer, Empty } from "../shell/parts.js";
import { Acts } from "./acts.js";
import { GroupCard } from "./group-card.js";
import { Redrives } from "./redrives.js";
import { Refused } from "./refused.js";
import "../event/event.css";
import "../contracts/contracts.css";
import "./dead-letters.css";

export function DeadLettersView() {
  const query = useQuery(letterGroupsQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Dead letters</h1>
        <p>Messages that were set aside after the last retry, grouped by cause.</p>
      </div>
      <Redrives which="under way" />
      <Answer query={query} what="the dead letters">
        {({ groups, total, complete }) =>
          groups.length === 0 ? (
            <Empty title="No dead letters.">
              <p>When a service fails on an event after all retries, it is kept here with the reason.</p>
            </Empty>
          ) : (
            <div className="stack">
              {!complete && (
                <p className="dim">
                  {counted(total, "message lies", "messages lie")} here. These groups count the oldest 10,000
                  of each queue.
                </p>
              )}
              {groups.map((group) => (
                <GroupCard key={group.group} group={group} />
              ))}
            </div>
          )
        }
      </Answer>
      <div className="stack after">
        <Redrives which="ended" />
        <Refused />
        <Acts />
      </div>
    </div>
  );
}
