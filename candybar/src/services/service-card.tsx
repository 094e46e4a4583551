/** One service: what it consumes and produces, whether it is there, and how it does. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Contract, Service } from "../api/schemas.js";
import { typeMatches } from "../contracts/schema-fields.js";
import { bytes } from "../shell/bytes.js";
import { counted, rate } from "../shell/counted.js";
import { Ago, Breakable, EventType } from "../shell/parts.js";

function Presence({ service }: { service: Service }) {
  if (service.observed?.connected) return <span className="tag ok">connected</span>;
  if (service.status !== "active") return <span className="tag">{service.status}</span>;
  if (service.external) return <span className="tag">runs elsewhere</span>;
  if (service.observed?.connected === false) return <span className="tag warn">not connected</span>;
  return <span className="tag">{service.status}</span>;
}

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** The newest version of a type's contract; none for a pattern that means several. */
function versionOf(pattern: string, contracts: readonly Contract[]): string | undefined {
  const found = contracts.filter((contract) => typeMatches(pattern, contract.event_type));
  return new Set(found.map(({ event_type }) => event_type)).size === 1 ? found.at(-1)?.version : undefined;
}

function Events(props: { title: string; types: readonly string[]; contracts: readonly Contract[] }) {
  if (props.types.length === 0) return null;
  return (
    <Row name={props.title}>
      {props.types.map((type) => {
        const version = versionOf(type, props.contracts);
        return (
          <div key={type} className="row-gap">
            <Link to="/" search={{ type }} title={`${type}, live`}>
              <EventType type={type} />
            </Link>
            {version && (
              <Link
                to="/contracts/$eventType"
                params={{ eventType: type }}
                className="tag"
                title="Its contract"
              >
                {version}
              </Link>
            )}
          </div>
        );
      })}
    </Row>
  );
}

export function ServiceCard({ service, contracts }: { service: Service; contracts: readonly Contract[] }) {
  const queues = [...new Set([...(service.queue_name ? [service.queue_name] : []), ...service.queue_names])];
  const { observed: seen, process } = service;
  const failures = seen?.failures ?? 0;
  return (
    <section className="card" aria-label={service.name}>
      <header>
        <h3>{service.name}</h3>
        <Presence service={service} />
        {failures > 0 && (
          <Link to="/dead-letters" className="tag bad num">
            {counted(failures, "dead letter", "dead letters")}
          </Link>
        )}
      </header>
      <div className="body stack">
        {service.description && <p className="dim">{service.description}</p>}
        <dl className="facts">
          <Events title="consumes" types={service.routing_keys} contracts={contracts} />
          <Events title="produces" types={service.produces} contracts={contracts} />
          {queues.length > 0 && (
            <Row name="queues">
              {queues.map((queue) => (
                <div key={queue}>
                  <code>
                    <Breakable name={queue} />
                  </code>
                </div>
              ))}
            </Row>
          )}
          {seen && queues.length > 0 && seen.consumers !== undefined && (
            <Row name="instances">
              <span className="num">{counted(seen.consumers, "consumer", "consumers")}</span>
            </Row>
          )}
          {seen?.depth !== undefined && (
            <Row name="lag">
              <span className="num">
                {seen.depth.toLocaleString()} waiting
                {(seen.unacked ?? 0) > 0 && `, ${seen.unacked?.toLocaleString()} in work`}
                {seen.rate !== undefined && `, takes ${rate(seen.rate)}`}
              </span>
            </Row>
          )}
          {process && (
            <Row name="process">
              <span className="num">
                {process.state}
                {process.pid != null && `, pid ${process.pid}`}
                {process.memory_mb != null && `, ${bytes(process.memory_mb * 1e6)}`}
                {(process.restarts ?? 0) > 0 &&
                  `, restarted ${counted(process.restarts ?? 0, "time", "times")}`}
              </span>{" "}
              {process.since && (
                <span className="dim">
                  since <Ago at={Date.parse(process.since)} inWords />
                </span>
              )}
              {process.reason && <p className="said bad">{process.reason}</p>}
            </Row>
          )}
          {service.layer && <Row name="layer">{service.layer.replaceAll("_", " ")}</Row>}
          {service.owner && <Row name="owner">{service.owner}</Row>}
          <Row name="look">
            <Link to="/topology" search={{ q: service.name }}>
              its place in the graph
            </Link>
          </Row>
        </dl>
      </div>
    </section>
  );
}
