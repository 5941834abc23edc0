// A process that changes conversations and asks for them for as long as it lives: every question makes the index follow.
// Arguments: home, number of the first conversation, address of the module for threads or nothing.
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";

const [home = "", first = "0", searchThread = ""] = process.argv.slice(2);
const options = searchThread === "" ? {} : { searchThread };
const vault = await openVault({ home, environment: "test", exports: exportReader, ...options });
const user = vault.user();
process.stdout.write("begun\n");
for (let count = Number(first); ; count += 1) {
  await user.search({ query: "kestrel", mode: "text" });
  const { sessionId } = await user.createSession({ title: `Falcon ${count}` });
  const [said] = await user.append(sessionId, [{ role: "user", content: `kestrel ${count}` }]);
  await user.search({ query: "falcon", mode: "text" });
  if (said !== undefined) await user.reviseMessage(sessionId, said.messageId, `merlin ${count}`);
  if (count % 3 === 0) await user.deleteSession(sessionId);
  if (count % 6 === 0) await user.purgeSession(sessionId);
  if (count % 5 === 0) await vault.settle();
}
