/** The broker's nodes, as its management API tells them: one embedded, or RabbitMQ's. */
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/http.js";
import { clusterQuery } from "../api/queries.js";
import type { Cluster } from "../api/schemas.js";
import { bytes } from "../shell/bytes.js";
import { duration } from "../shell/time.js";

type Node = Cluster["nodes"][number];

export function ClusterCard() {
  const { data, error } = useQuery(clusterQuery);
  // That nothing answers at all is said once, above every view.
  const unreachable = error instanceof ApiError && error.code === "UNREACHABLE";
  if (!data && (!error || unreachable)) return null;
  const running = data?.nodes.filter((node) => node.running).length ?? 0;
  const faults = data?.nodes.some((node) => faultsOf(node).length > 0) ?? true;
  return (
    <section className="card" aria-label="Broker's nodes">
      <header>
        <h3>Broker's nodes</h3>
        {data && (
          <>
            {!error && (
              <span className={`tag ${faults ? "bad" : "ok"}`}>
                {running} of {data.nodes.length} running
              </span>
            )}
            <span className="dim">
              {data.product} {data.version}
              {data.name && data.nodes.length > 1 && `, cluster ${data.name}`}
            </span>
            <span className="spring" />
            <code className="dim">{data.management}</code>
          </>
        )}
      </header>
      {error && !unreachable && (
        <p className="body dim">
          Its management API does not tell: {error.message} Queues, rates and nodes are not shown until it
          does.
        </p>
      )}
      {data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="scroll-x" tabIndex={0} aria-label="Nodes">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">State</th>
                <th scope="col" className="num">
                  Up for
                </th>
                <th scope="col" className="num">
                  Memory
                </th>
                <th scope="col" className="num">
                  Disk free
                </th>
              </tr>
            </thead>
            <tbody>
              {data.nodes.map((node) => (
                <Row key={node.name} node={node} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function faultsOf(node: Node): readonly string[] {
  return [
    ...(node.running ? [] : ["does not run"]),
    ...(node.mem_alarm ? ["out of memory: publishers are blocked"] : []),
    ...(node.disk_free_alarm ? ["out of disk: publishers are blocked"] : []),
    ...(node.partitions.length > 0 ? [`lost sight of ${node.partitions.join(", ")}`] : []),
  ];
}

function Row({ node }: { node: Node }) {
  const faults = faultsOf(node);
  return (
    <tr>
      <td>
        <code>{node.name}</code>
      </td>
      <td>
        {faults.length === 0 ? (
          <span className="tag ok">running</span>
        ) : (
          faults.map((fault) => (
            <span className="tag bad" key={fault}>
              {fault}
            </span>
          ))
        )}
      </td>
      <td className="num">{node.uptime_ms == null ? "—" : duration(node.uptime_ms)}</td>
      <td className="num">
        {bytes(node.mem_used)}
        {node.mem_limit != null && <span className="dim"> of {bytes(node.mem_limit)}</span>}
      </td>
      <td className="num">{bytes(node.disk_free)}</td>
    </tr>
  );
}
