/** One contract: its fields as a table, its examples, a validator, and a test event. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { catalogQuery, contractQuery, servicesQuery } from "../api/queries.js";
import type { Contract } from "../api/schemas.js";
import { quoted } from "../event/copy-as.js";
import { JsonTree } from "../event/json-tree.js";
import "../event/event.css";
import { Answer, CopyButton, Empty, EventType, Snippet } from "../shell/parts.js";
import { Versions } from "./diff.js";
import { fieldsOf, typeMatches } from "./schema-fields.js";
import { Workbench } from "./workbench.js";

export function ContractView() {
  const { eventType } = useParams({ from: "/contracts/$eventType" });
  const all = useQuery(catalogQuery).data?.contracts ?? [];
  const versions = all.filter((c) => c.event_type === eventType).map((c) => c.version);
  const { version: chosen } = useSearch({ from: "/contracts/$eventType" });
  const navigate = useNavigate();
  const choose = (version: string) =>
    void navigate({ to: ".", search: (now) => ({ ...now, version }), replace: true });
  const version = chosen && versions.includes(chosen) ? chosen : versions.at(-1);
  const listed = all.find((c) => c.event_type === eventType && c.version === version);
  const query = useQuery({
    ...contractQuery(eventType, version ?? "v1"),
    enabled: listed !== undefined && listed.schema === undefined,
  });
  if (!listed) {
    return (
      <Empty title={`There is no contract for ${eventType}.`}>
        <p>A new one is a file in holyfields/schemas, begun by:</p>
        <Snippet text={`npx bb schema new ${quoted(eventType)}`} />
        <Link to="/contracts" className="button">
          All contracts
        </Link>
      </Empty>
    );
  }
  if (listed.schema) return <Whole contract={listed} versions={versions} choose={choose} key={eventType} />;
  return (
    <Answer query={query} what="the contract">
      {(contract) => <Whole contract={contract} versions={versions} choose={choose} key={eventType} />}
    </Answer>
  );
}

interface WholeProps {
  contract: Contract;
  versions: readonly string[];
  choose: (version: string) => void;
}

function Whole({ contract, versions, choose }: WholeProps) {
  const services = useQuery(servicesQuery).data?.services ?? [];
  const producers = services.filter((s) => s.produces.some((p) => typeMatches(p, contract.event_type)));
  const consumers = services.filter((s) => s.routing_keys.some((p) => typeMatches(p, contract.event_type)));
  const fields = fieldsOf(contract.schema ?? {});
  return (
    <article className="page contract">
      <div className="page-head">
        <div className="stack">
          <Link to="/contracts" className="button back">
            ← All contracts
          </Link>
          <h1>
            <EventType type={contract.event_type} />
          </h1>
          <p>{contract.description}</p>
          <div className="row-gap">
            <span className={`tag ${contract.stability === "stable" ? "ok" : "warn"}`}>
              {contract.stability}
            </span>
            {contract.owner && <span className="tag">owner {contract.owner}</span>}
            {versions.length > 1 ? (
              <select
                className="field"
                aria-label="Version"
                value={contract.version}
                onChange={(event) => choose(event.target.value)}
              >
                {versions.map((v) => (
                  <option key={v}>{v}</option>
                ))}
              </select>
            ) : (
              <span className="tag">{contract.version}</span>
            )}
          </div>
        </div>
        <div className="tools">
          <Link to="/" search={{ type: contract.event_type }} className="button">
            See them live
          </Link>
          {contract.schema && (
            <CopyButton text={() => JSON.stringify(contract.schema, null, 2)}>Copy schema</CopyButton>
          )}
        </div>
      </div>

      <section className="card">
        <header>
          <h2>Payload</h2>
        </header>
        {fields.length === 0 ? (
          <p className="body dim">Anything may stand in it.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <section className="scroll-x" tabIndex={0} aria-label="Fields of the payload">
            <table className="table fields">
              <thead>
                <tr>
                  <th scope="col">Field</th>
                  <th scope="col">Type</th>
                  <th scope="col">Meaning</th>
                </tr>
              </thead>
              <tbody>
                {fields.map((field) => (
                  <tr key={field.path}>
                    <td style={{ paddingLeft: 10 + field.depth * 16 }}>
                      <code className={field.required ? "required" : ""}>{field.name}</code>
                      {field.required && (
                        <span className="star" title="required">
                          *<span className="sr"> required</span>
                        </span>
                      )}
                    </td>
                    <td>
                      <code>{field.type}</code>
                      {field.rule && <div className="dim">{field.rule}</div>}
                    </td>
                    <td className="dim">{field.description}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </section>

      <div className="grid">
        <Who title="Producers" names={producers.map((s) => s.name)} none="Nobody declares to produce it." />
        <Who title="Consumers" names={consumers.map((s) => s.name)} none="Nobody declares to consume it." />
      </div>

      <Workbench contract={contract} />

      <Versions eventType={contract.event_type} key={contract.event_type} />

      {contract.schema && (
        <section className="card">
          <header>
            <h2>Schema</h2>
          </header>
          <div className="body">
            <JsonTree value={contract.schema} open={1} />
          </div>
        </section>
      )}
    </article>
  );
}

const Who = ({ title, names, none }: { title: string; names: readonly string[]; none: string }) => (
  <section className="card">
    <header>
      <h2>{title}</h2>
    </header>
    <div className="body row-gap">
      {names.length === 0 && <span className="dim">{none}</span>}
      {names.map((name) => (
        <Link key={name} to="/services" search={{ q: name }} className="tag">
          {name}
        </Link>
      ))}
    </div>
  </section>
);
