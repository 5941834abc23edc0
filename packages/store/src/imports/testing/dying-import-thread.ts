// A thread that ends as soon as it is asked for something.
import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => {
  throw new RangeError("It died for a test.");
});
