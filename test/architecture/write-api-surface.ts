import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiSurfaces } from "./api-surface.ts";
import { readCheckout } from "./tree.ts";

const folder = join(import.meta.dirname, "api-surface");
mkdirSync(folder, { recursive: true });
for (const [name, surface] of apiSurfaces(readCheckout())) {
  writeFileSync(join(folder, `${name}.txt`), surface);
}
