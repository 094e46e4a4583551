/** A member that may be left out is None then; whether an event may say null there is another question. */
import type { Node } from "../../model/node.js";
import { embed } from "../../schema/embed.js";
import { evaluate } from "../../verdict/evaluate.js";
import type { Model } from "../model.js";

/** Whether null satisfies a node. */
export function admitsNull(node: Node, model: Model): boolean {
  switch (node.kind) {
    case "any":
    case "null":
      return true;
    case "checked":
      return evaluate(embed(node.at.schema, node.at.file), null, {
        schemas: (id) => {
          const file = model.schemas.byId(id);
          return file && embed(file.schema, file);
        },
        isFormat: () => true,
      });
    case "ref":
      return admitsNull(model.get(node.key).node, model);
    case "literal":
      return node.values.includes(null);
    case "union":
      return node.options.some((option) => admitsNull(option, model));
    default:
      return false;
  }
}
