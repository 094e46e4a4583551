/** Names that Python admits. */

const KEYWORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try type while with yield case".split(
    " ",
  ),
);

/** Attributes of Pydantic's BaseModel, and names that generated annotations use. */
const TAKEN = new Set(
  `copy dict json schema construct parse_obj parse_raw parse_file from_orm validate update_forward_refs schema_json
  list str int float bool date datetime frozenset format keeps matches multiple_of one_of unique
  Annotated Any ClassVar ConfigDict Contract Date DateTime Field Integer Literal Number StrictBool StrictStr TypeAliasType
  Uuid`.split(/\s+/),
);

/** The attribute for a JSON member; with an alias where it differs. */
export function attributeName(member: string, taken: ReadonlySet<string>): string {
  let name = member.replaceAll(/[^A-Za-z0-9_]/g, "_");
  if (!/^[A-Za-z]/.test(name)) name = `field_${name.replace(/^_+/, "")}`;
  if (KEYWORDS.has(name) || TAKEN.has(name) || name.startsWith("model_") || name.endsWith("__"))
    name = `${name}_`;
  while (taken.has(name)) name = `${name}_`;
  return name;
}

/** `core/event-envelope.v1` → `core`, `event_envelope_v1`. */
export function modulePath(stem: string): readonly string[] {
  return stem.split("/").map((part) => {
    const name = part.replaceAll(/[^A-Za-z0-9_]/g, "_");
    return KEYWORDS.has(name) || /^[0-9]/.test(name) ? `_${name}` : name;
  });
}
