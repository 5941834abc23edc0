import { join } from "node:path";
import { writeTextFile } from "../local-files.ts";
import { createGuides } from "./guides.ts";

const checkout = join(import.meta.dirname, "..", "..", "..", "..");

for (const guide of createGuides()) await writeTextFile(join(checkout, guide.path), guide.text);
