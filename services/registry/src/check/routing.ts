/** Topic patterns (AMQP 0-9-1 §3.1.3.3: `*` is one word, `#` any number) against each other. */

/** Whether there is an event type that both match. An event type is a pattern without `*` and `#`. */
export function overlap(one: string, other: string): boolean {
  return meet(one.split("."), other.split("."));
}

function meet([head, ...rest]: readonly string[], [first, ...others]: readonly string[]): boolean {
  if (head === undefined) return [first, ...others].every((word) => word === undefined || word === "#");
  if (first === undefined) return [head, ...rest].every((word) => word === "#");
  if (head === "#") return meet(rest, [first, ...others]) || meet([head, ...rest], others);
  if (first === "#") return meet([head, ...rest], others) || meet(rest, [first, ...others]);
  return (head === "*" || first === "*" || head === first) && meet(rest, others);
}
