/** What Twitch tells of a message with status 200 that is not in the chat. */
import { expect, it } from "vitest";
import type { Api, Publishing } from "../../src/platforms/platform.ts";
import { twitch } from "../../src/platforms/twitch.ts";
import { apiOf } from "../app/platform-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

const publishing = twitch.publish as Required<Publishing>;

it.each([
  // Held by AutoMod: a moderator may let it through later.
  ["msg_rejected", "delivery_unknown"],
  ["msg_rejected_mandatory", "not_permitted"],
  ["msg_duplicate", "duplicate_content"],
])("a message that was dropped for %s means %s", async (code, meaning) => {
  const body = { data: [{ message_id: "", is_sent: false, drop_reason: { code, message: "Not sent." } }] };
  const api: Api = {
    ...apiOf(twitch, "any"),
    call: async () => ({ status: 200, headers: {}, body }),
    app: async () => ({ clientId: "client", clientSecret: null }),
  };
  const sending = { prepared: undefined, idempotencyKey: "key", step: rememberedSteps().step };
  const said = message({ text: "Hello", options: { as: "message" } });
  await expect(publishing.commit(api, said, sending)).rejects.toMatchObject({ code: meaning });
});
