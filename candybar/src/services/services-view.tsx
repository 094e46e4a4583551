/** The registry: who consumes and produces what, and which of them run. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { servicesQuery } from "../api/queries.js";
import type { Service } from "../api/schemas.js";
import { matches } from "../shell/palette.js";
import { Answer, Empty, EventType } from "../shell/parts.js";

function Presence({ service }: { service: Service }) {
  const connected = service.observed?.connected;
  if (connected) return <span className="tag ok">connected</span>;
  if (service.status !== "active") return <span className="tag">{service.status}</span>;
  if (connected === false) return <span className="tag warn">not connected</span>;
  return <span className="tag">{service.status}</span>;
}

export function ServicesView() {
  const query = useQuery(servicesQuery);
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
          if (found.length === 0) return <Empty title="No service has this name." />;
          return (
            <div className="grid wide">
              {found.map((service) => (
                <ServiceCard key={service.name} service={service} />
              ))}
            </div>
          );
        }}
      </Answer>
    </div>
  );
}

const Events = ({ title, types }: { title: string; types: readonly string[] }) =>
  types.length === 0 ? null : (
    <>
      <dt>{title}</dt>
      <dd>
        {types.map((type) => (
          <div key={type} className="clip">
            <Link to="/" search={{ type }} title={`${type}, live`}>
              <EventType type={type} />
            </Link>
          </div>
        ))}
      </dd>
    </>
  );

function ServiceCard({ service }: { service: Service }) {
  const queues = [...new Set([...(service.queue_name ? [service.queue_name] : []), ...service.queue_names])];
  const seen = service.observed;
  return (
    <section className="card">
      <header>
        <h3>{service.name}</h3>
        <Presence service={service} />
        {(seen?.failures ?? 0) > 0 && <span className="tag bad num">{seen?.failures} failed</span>}
      </header>
      <div className="body stack">
        {service.description && <p className="dim">{service.description}</p>}
        <dl className="facts">
          <Events title="consumes" types={service.routing_keys} />
          <Events title="produces" types={service.produces} />
          {queues.length > 0 && (
            <>
              <dt>queues</dt>
              <dd>
                {queues.map((queue) => (
                  <div key={queue}>
                    <code>{queue}</code>
                  </div>
                ))}
              </dd>
            </>
          )}
          {seen && (
            <>
              <dt>now</dt>
              <dd className="num">
                {seen.consumers ?? 0} consumers, {seen.depth ?? 0} waiting
                {seen.rate !== undefined && `, ${seen.rate.toFixed(1)}/s`}
              </dd>
            </>
          )}
          {service.owner && (
            <>
              <dt>owner</dt>
              <dd>{service.owner}</dd>
            </>
          )}
        </dl>
      </div>
    </section>
  );
}
