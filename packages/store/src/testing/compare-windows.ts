import assert from "node:assert/strict";
import type { MessageId } from "@chatty/model";
import type { UserVault } from "../user-vault.ts";
import type { MessageView, WindowMessage, WindowQuery } from "../views.ts";

/** Asserts that windows of a conversation are, message by message, what showing it whole gives. */
export async function compareWindows(user: UserVault, name: string): Promise<void> {
  const { session, messages, activePath } = await user.show(name);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const siblings = new Map<MessageId | null, MessageId[]>();
  for (const { id, parentId } of messages) {
    siblings.set(parentId, [...(siblings.get(parentId) ?? []), id]);
  }
  const check = (window: WindowMessage, view: MessageView, index: number): void => {
    const { index: at, siblings: beside, past, ...rest } = window;
    assert.deepEqual(rest, view);
    assert.equal(at, index);
    const ids = siblings.get(view.parentId) ?? [];
    assert.deepEqual(beside, { position: ids.indexOf(view.id), ids });
    assert.equal(past === true, view.flags?.includes("past") === true);
  };
  const read = async (query: WindowQuery, limit: number): Promise<WindowMessage[]> => {
    const found: WindowMessage[] = [];
    for (let at = 0; ; at += limit) {
      const window = await user.messages(name, { ...query, at, limit });
      assert.equal(window.revision, session.revision);
      assert.equal(window.from, Math.min(at, window.total));
      found.push(...window.messages);
      if (at + limit >= window.total) {
        assert.equal(found.length, window.total);
        assert.equal(window.leafId, found.at(-1)?.id ?? null);
        return found;
      }
    }
  };
  const all = await read({ path: "all" }, 7);
  assert.deepEqual(
    all.map(({ id }) => id),
    messages.map(({ id }) => id),
  );
  for (const [index, message] of messages.entries()) check(all[index] as WindowMessage, message, index);
  const active = await read({}, 5);
  assert.deepEqual(
    active.map(({ id }) => id),
    activePath,
  );
  for (const [index, window] of active.entries()) {
    check(window, byId.get(window.id) as MessageView, index);
  }
  for (const message of messages.slice(0, 40)) {
    const path = await read({ through: message.id }, 11);
    const index = path.findIndex(({ id }) => id === message.id);
    assert.ok(index !== -1, "the path goes through the message");
    for (const [position, window] of path.entries()) {
      check(window, byId.get(window.id) as MessageView, position);
      const before = path[position - 1];
      const isSeam = before?.past === true && window.past !== true;
      if (!isSeam && before !== undefined && window.parentId !== null) {
        assert.equal(window.parentId, before.id, "each hangs on the one before it");
      }
    }
    const { messages: near } = await user.messages(name, { around: message.id, limit: 3 });
    assert.ok(near.some(({ id }) => id === message.id));
    assert.deepEqual(await user.message(name, message.id), message);
  }
  const { entries, total } = await user.outline(name);
  assert.equal(total, activePath.length);
  const persons = active.filter(({ role, hidden }) => role === "user" && !hidden);
  assert.deepEqual(
    entries.map(({ id, index, text }) => ({ id, index, text })),
    persons.map(({ id, index, content }) => ({
      id,
      index,
      text: Array.from(content).slice(0, 120).join(""),
    })),
  );
}
