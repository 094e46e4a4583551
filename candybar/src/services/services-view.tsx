/** The registry: who consumes and produces what, and which of them run. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { catalogQuery, servicesQuery } from "../api/queries.js";
import { matches } from "../shell/matches.js";
import { Answer, Empty, Snippet } from "../shell/parts.js";
import { ServiceCard } from "./service-card.js";

export function ServicesView() {
  const query = useQuery(servicesQuery);
  const contracts = useQuery(catalogQuery).data?.contracts ?? [];
  const { q = "" } = useSearch({ from: "/services" });
  const navigate = useNavigate();
  return (
    <div className="page">
      <div className="page-head">
        <h1>Services</h1>
        <p>What the registry declares, and what is connected now.</p>
        <div className="tools">
          <input
            className="field"
            type="search"
            aria-label="Find a service, queue or event"
            placeholder="Service, queue or event"
            value={q}
            onChange={(event) =>
              void navigate({
                to: "/services",
                search: event.target.value ? { q: event.target.value } : {},
                replace: true,
              })
            }
          />
        </div>
      </div>
      <Answer query={query} what="the registry">
        {({ services }) => {
          const found = services.filter((s) =>
            matches(
              [s.name, s.description, s.owner, ...s.queue_names, ...s.routing_keys, ...s.produces].join(" "),
              q,
            ),
          );
          if (found.length === 0) {
            return (
              <Empty title={q ? `No service, queue or event is called “${q}”.` : "The registry is empty."}>
                {q ? (
                  <Link to="/services" className="button">
                    Show all
                  </Link>
                ) : (
                  <>
                    <p>A new service is begun, and written into the registry, by:</p>
                    <Snippet text="npx bb service new my-service" />
                  </>
                )}
              </Empty>
            );
          }
          return (
            <div className="grid wide">
              {found.map((service) => (
                <ServiceCard key={service.name} service={service} contracts={contracts} />
              ))}
            </div>
          );
        }}
      </Answer>
    </div>
  );
}
