import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isUuid } from "@chatty/model";
import { importedMessageId, importedSessionId, nameUuid } from "./name-uuid.ts";

/** The namespace for domain names of RFC 9562. */
const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

describe("nameUuid", () => {
  test("gives the example of RFC 9562", () => {
    assert.equal(nameUuid(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  });

  test("tells namespaces, conversations and nodes apart", () => {
    const other = nameUuid(dns, "other");
    const ids = [
      importedSessionId(dns, "a"),
      importedSessionId(other, "a"),
      importedMessageId(dns, "a", "b"),
      importedMessageId(dns, "ab", ""),
      importedMessageId(dns, "", "ab"),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every(isUuid));
  });
});
