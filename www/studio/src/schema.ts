// What may stand at a place of a campaign, by its JSON Schema.

export interface Schema {
  $ref?: string; description?: string; properties?: Record<string, Schema>; additionalProperties?: Schema | boolean; propertyNames?: { enum?: string[] };
  items?: Schema | boolean; enum?: unknown[]; const?: unknown; type?: string | string[]; required?: string[];
  anyOf?: Schema[]; oneOf?: Schema[]; allOf?: Schema[]; then?: Schema; $defs?: Record<string, Schema>;
}
export type Step = string | number;

/** How deep references are followed: conditions contain conditions. */
const DEPTH = 12;

/** Every schema that may describe what this one does. */
function open(schema: Schema | boolean | undefined, root: Schema, depth = DEPTH): Schema[] {
  if (!schema || typeof schema === "boolean" || depth === 0) return [];
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const there = schema.$ref?.startsWith("#/$defs/") ? root.$defs?.[schema.$ref.slice(8)] : undefined;
  return [schema, ...parts.flatMap((part) => open(part, root, depth - 1)), ...open(there, root, depth - 1)];
}

/** The schemas of what stands at a path. */
export function at(root: Schema, path: Step[]): Schema[] {
  let here = open(root, root);
  for (const step of path) {
    here = here.flatMap((schema) => {
      if (typeof step === "number") return open(schema.items, root);
      const named = schema.properties?.[step];
      return open(named ?? schema.additionalProperties, root);
    });
  }
  return here;
}

export interface Offer { label: string; detail: string; required: boolean }

/** The keys that an object at a path may have. */
export function keys(root: Schema, path: Step[]): Offer[] {
  const offers = new Map<string, Offer>();
  for (const schema of at(root, path)) {
    for (const [label, of] of Object.entries(schema.properties ?? {})) {
      const detail = of.description ?? open(of, root).find(({ description }) => description)?.description ?? "";
      if (!offers.get(label)?.detail) offers.set(label, { label, detail, required: schema.required?.includes(label) ?? false });
    }
    for (const label of schema.propertyNames?.enum ?? []) if (!offers.has(label)) offers.set(label, { label, detail: "", required: false });
  }
  return [...offers.values()];
}

/** The values that may stand at a path, as JSON. */
export function values(root: Schema, path: Step[]): string[] {
  const all = at(root, path).flatMap((schema) => [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const]), ...(schema.type === "boolean" ? [true, false] : [])]);
  return [...new Set(all.map((value) => JSON.stringify(value)))];
}
