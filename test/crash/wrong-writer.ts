// Appenders that are wrong on purpose. The harness has to see each of them for what it is.
// Called as: node wrong-writer.ts FAULT SESSION, with CHATTY_HOME set and message lines on standard input.
import { createInterface } from "node:readline";
import type { MessageId } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { SentLine } from "./append-oracle.ts";

const [fault, sessionId = ""] = process.argv.slice(2);
const vault = await openVault({
  home: process.env["CHATTY_HOME"] ?? "",
  environment: "production",
  create: false,
});
const user = vault.user();

async function append(id: string | undefined, line: SentLine, content: string): Promise<object> {
  const draft = { role: line.role, content, ...(id === undefined ? {} : { id: id as MessageId }) };
  const [result] = await user.append(sessionId, [draft]);
  return { ...result, messageId: line.id };
}

function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const late: Promise<unknown>[] = [];
for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text) as SentLine;
  switch (fault) {
    case "none":
      answer(await append(line.id, line, line.content));
      break;
    case "acknowledges-first":
      answer({ sessionId, messageId: line.id, seq: 0, hash: "" });
      late.push(
        new Promise((resolve) => {
          setTimeout(resolve, 200);
        }).then(() => append(line.id, line, line.content)),
      );
      break;
    case "forgets-ids":
      answer(await append(undefined, line, line.content));
      break;
    case "writes-halves":
      answer(await append(line.id, line, line.content.slice(0, line.content.length / 2)));
      break;
    default:
      throw new TypeError(`There is no fault ${String(fault)}.`);
  }
}
await Promise.all(late);
await vault.close();
