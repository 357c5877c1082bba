import { describe, expect, it } from "vitest";
import {
  chatTarget,
  emailTarget,
  eventsOf,
  freeName,
  requireChannelName,
  webhookTarget,
} from "../../src/domain/channel-target.ts";
import { Failure } from "../../src/domain/failure.ts";

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a mail server", () => {
  it.each([
    ["smtps://me@mail.example.com", { host: "mail.example.com", port: 465, tls: "implicit", user: "me" }],
    ["smtps://mail.example.com:4650", { host: "mail.example.com", port: 4650, tls: "implicit", user: null }],
    ["smtp://me%40example.com@mail.example.com", { port: 587, tls: "starttls", user: "me@example.com" }],
    ["smtp://me@example.com@mail.example.com:2525", { port: 2525, tls: "starttls", user: "me@example.com" }],
    ["smtp://localhost", { host: "localhost", port: 25, tls: "if_offered", user: null }],
    ["smtp://[::1]:2525", { host: "::1", port: 2525, tls: "if_offered" }],
  ])("%s", (smtp, expected) => {
    expect(emailTarget("you@example.com", smtp, undefined)).toMatchObject(expected);
  });

  it.each(["mail.example.com", "http://mail.example.com", "smtp://", "smtps://mail.example.com/path", "smtp:///x"])(
    "%s is none",
    (smtp) => {
      expect(failureOf(() => emailTarget("you@example.com", smtp, undefined)).code).toBe("usage");
    },
  );

  it("is not given its password on the command line, and the refusal does not repeat it", () => {
    const failure = failureOf(() => emailTarget("you@example.com", "smtps://me:hunter22@mail.example.com", undefined));
    expect(failure.hint).toContain("--secret-stdin");
    expect(`${failure.message}${failure.hint}`).not.toContain("hunter22");
  });
});

describe("an e-mail", () => {
  const from = (smtp: string, given?: string) => emailTarget("a@example.com,b@example.com", smtp, given).from;

  it("is from who was named, else from the login, else from its first recipient", () => {
    expect(from("smtps://me@example.com@mail.example.com", "agency@example.com")).toBe("agency@example.com");
    expect(from("smtps://me@example.com@mail.example.com")).toBe("me@example.com");
    expect(from("smtps://me@mail.example.com")).toBe("a@example.com");
  });

  it("goes to several", () => {
    const { to } = emailTarget("a@example.com, b@example.com", "smtp://localhost", undefined);
    expect(to).toEqual(["a@example.com", "b@example.com"]);
  });

  it.each(["", "me", "a@b@c", "Me <me@example.com>", "me@example.com\r\nBcc: x@example.com", "me@example.com,"])(
    "does not go to %j",
    (to) => {
      expect(failureOf(() => emailTarget(to, "smtp://localhost", undefined)).code).toBe("usage");
    },
  );
});

describe("a webhook", () => {
  it.each(["https://example.com/hook?a=1", "http://127.0.0.1:8080/", "http://localhost/x"])("goes to %s", (url) => {
    expect(webhookTarget(url)).toEqual({ kind: "webhook", url });
  });

  it.each(["http://example.com/hook", "example.com", "https://user:word@example.com/", "file:///etc/passwd", ""])(
    "does not go to %s",
    (url) => {
      expect(failureOf(() => webhookTarget(url)).code).toBe("usage");
    },
  );

  it("of a chat is told by its host alone", () => {
    const address = "https://hooks.slack.com/services/T0/B0/very-secret";
    expect(JSON.stringify(chatTarget("slack", address))).toBe('{"kind":"slack","host":"hooks.slack.com"}');
    const failure = failureOf(() => chatTarget("discord", "http://discord.com/api/webhooks/1/very-secret"));
    expect(`${failure.message}${failure.hint}`).not.toContain("very-secret");
  });
});

it("events are words that there are, each once, with a dash or not", () => {
  expect(eventsOf("needs-reauth,expiring,needs_reauth")).toEqual(["needs_reauth", "expiring"]);
  expect(failureOf(() => eventsOf("needs_reaut")).hint).toBe("did you mean needs_reauth?");
  expect(failureOf(() => eventsOf("")).code).toBe("usage");
});

it("a channel without a name gets a free one", () => {
  expect(freeName("slack", [])).toBe("slack");
  expect(freeName("slack", ["Slack", "slack-2"])).toBe("slack-3");
  expect(failureOf(() => requireChannelName("two words")).code).toBe("usage");
});
