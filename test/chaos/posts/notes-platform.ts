/**
 * Four platforms of the plainest kind, that differ in one thing: what they can tell of a post whose answer was lost. Real
 * definitions, for the real engine; the server they ask is notes-server.ts.
 */
import { hours, minutes, toTimestamp } from "../../../src/domain/time.ts";
import {
  type Api,
  definePlatform,
  type Message,
  type Platform,
  type Publishing,
} from "../../../src/platforms/platform.ts";

/**
 * `keyed`: the same Idempotency-Key is carried out once. `record`: the client chooses the id. `recent`: the account's posts
 * can be listed. `blind`: nothing.
 */
export const notesModes = ["keyed", "record", "recent", "blind"] as const;
export type NotesMode = (typeof notesModes)[number];

export const notesHost = "notes.test";
const api = `https://${notesHost}/v1`;

/** A text that has it is sent with an attachment, in this many pieces. */
export const attachment = "[attachment]";
export const pieces = 3;

interface Note {
  readonly id: string;
  readonly url: string;
  readonly text: string;
}

interface Prepared {
  readonly upload: string | null;
}

const published = ({ id, url }: Note) => ({ remoteId: id, url });

const prepare: NonNullable<Publishing<Prepared>["prepare"]> = async (client, { text }, step) => {
  if (!text.includes(attachment)) return { upload: null };
  const { id } = await step(
    "begin",
    () => client.post(`${api}/uploads`, { json: { pieces } }) as Promise<{ id: string }>,
  );
  for (let piece = 0; piece < pieces; piece += 1) {
    const data = String(piece).repeat(20_000);
    await step(`piece ${piece}`, () => client.post(`${api}/uploads/${id}/pieces`, { json: { piece, data } }));
  }
  await step("finish", () => client.post(`${api}/uploads/${id}/finish`, { json: {} }));
  return { upload: id };
};

function bodyOf({ text, replyTo }: Message, { upload }: Prepared): Record<string, unknown> {
  return { text, ...(upload === null ? {} : { upload }), ...(replyTo === null ? {} : { replyTo }) };
}

async function post(client: Api, body: Record<string, unknown>, headers: Record<string, string> = {}) {
  return published((await client.post(`${api}/notes`, { json: body, headers })) as Note);
}

const publishings: Record<NotesMode, Publishing<Prepared>> = {
  keyed: {
    prepare,
    idempotentFor: hours(1),
    commit: (client, message, { prepared, idempotencyKey }) =>
      post(client, bodyOf(message, prepared), { "idempotency-key": idempotencyKey }),
  },
  record: {
    prepare,
    // A second one of the same id is refused, so there is nothing to wait for.
    settles: 0,
    commit: (client, message, { prepared, idempotencyKey }) =>
      post(client, { ...bodyOf(message, prepared), id: idempotencyKey }),
    confirm: async (client, _message, { idempotencyKey }) => {
      const { notes } = (await client.get(`${api}/notes`, { query: { id: idempotencyKey } })) as { notes: Note[] };
      return notes[0] ? published(notes[0]) : null;
    },
  },
  recent: {
    prepare,
    settles: minutes(2),
    commit: (client, message, { prepared }) => post(client, bodyOf(message, prepared)),
    confirm: async (client, { text }, _sending, since) => {
      const { notes } = (await client.get(`${api}/notes`, { query: { since: toTimestamp(since) } })) as {
        notes: Note[];
      };
      const found = notes.find((note) => note.text === text);
      return found ? published(found) : null;
    },
  },
  blind: { prepare, commit: (client, message, { prepared }) => post(client, bodyOf(message, prepared)) },
};

function notesPlatform(mode: NotesMode): Platform {
  return definePlatform({
    id: `notes-${mode}`,
    name: `Notes (${mode})`,
    site: `https://${notesHost}`,
    documentation: `https://${notesHost}/docs`,
    methods: [
      {
        kind: "oauth2",
        id: "oauth2",
        endpoints: { authorize: `https://${notesHost}/authorize`, token: `https://${notesHost}/token` },
        pkce: "S256",
        clientAuthentication: "client_secret_post",
        scopes: ["write"],
        redirect: { loopbackPort: "any", host: "127.0.0.1" },
      },
    ],
    tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" } },
    limits: { text: { max: 500, unit: "characters", measure: async (text) => [...text].length }, thread: true },
    failures: [
      { status: 401, is: "reauth" },
      { status: 409, code: "exists", is: "duplicate" },
      { status: 409, code: "in_progress", is: "transient" },
      { status: 429, is: "rate_limited" },
      { status: 422, is: "invalid_content" },
    ],
    setup: [],
    identify: async () => [],
    check: async () => "answers",
    publish: publishings[mode],
  });
}

export const notesPlatforms: readonly Platform[] = notesModes.map(notesPlatform);
