/** Each test person has a workspace with an app in it: its bot, its webhook, and channels of every kind. */
import type { Person } from "../options.ts";

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly is_member: boolean;
  readonly is_private: boolean;
  readonly is_archived: boolean;
}

export interface Workspace {
  readonly owner: string;
  readonly team: string;
  readonly teamId: string;
  readonly host: string;
  readonly token: string;
  readonly scopes: readonly string[];
  readonly user: string;
  readonly userId: string;
  /** Behind `/services/`. */
  readonly webhook: string;
  readonly channels: readonly Channel[];
}

const scopes = ["chat:write", "chat:write.public", "channels:read", "groups:read", "files:write", "files:read"];

export function workspacesOf(people: readonly Person[]): Workspace[] {
  return people.map(({ handle, name }, index) => {
    const number = String(index + 1).padStart(2, "0");
    const channel = (kind: number, called: string, more: Partial<Channel> = {}): Channel => ({
      id: `C0SANDBOX${number}${kind}`,
      name: called,
      is_member: true,
      is_private: false,
      is_archived: false,
      ...more,
    });
    return {
      owner: handle,
      team: name,
      teamId: `T0SANDBOX${number}`,
      host: `${handle.replaceAll("_", "-").toLowerCase()}.slack.com`,
      token: `xoxb-11000000${number}-22000000${number}-sandbox-${handle}`,
      scopes,
      user: "announcer",
      userId: `U0SANDBOX${number}`,
      webhook: `T0SANDBOX${number}/B0SANDBOX${number}/sandboxWebhookOf${number}x6789`,
      channels: [
        channel(1, "general"),
        channel(2, "random", { is_member: false }),
        channel(3, "staff", { is_private: true }),
        channel(4, "board", { is_private: true, is_member: false }),
        channel(5, "old-news", { is_archived: true }),
      ],
    };
  });
}
