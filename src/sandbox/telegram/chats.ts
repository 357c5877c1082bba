/** Each test person has a bot, and the chats that somebody would have who tries everything. */
import type { Person } from "../options.ts";

export interface Bot {
  readonly id: number;
  readonly token: string;
  readonly username: string;
  readonly owner: string;
}

export interface Membership {
  readonly status: "administrator" | "member" | "left";
  readonly can_post_messages?: boolean;
}

export interface SandboxChat {
  readonly id: number;
  readonly type: "channel" | "supergroup" | "group";
  readonly title: string;
  readonly username?: string;
  readonly owner: string;
  /** Of the owner's bot; everybody else's is in none of them. */
  readonly bot: Membership;
  /** A group that is a supergroup by now: under which id. */
  readonly upgradedTo?: number;
}

export function botsOf(people: readonly Person[]): Bot[] {
  return people.map(({ handle }, index) => ({
    id: 110_000_001 + index,
    token: `${110_000_001 + index}:AAH-sandbox-token-of-${handle}-_0123456`,
    username: `${handle}_bot`,
    owner: handle,
  }));
}

export function chatsOf(people: readonly Person[]): SandboxChat[] {
  return people.flatMap(({ handle, name }, index): SandboxChat[] => {
    const number = (kind: number) => index * 100 + kind;
    const channel = (kind: number) => -1_001_000_000_000 - number(kind);
    const posting = { status: "administrator", can_post_messages: true } as const;
    return [
      { id: channel(1), type: "channel", title: name, username: `${handle}_news`, owner: handle, bot: posting },
      { id: channel(2), type: "channel", title: `${name} inside`, owner: handle, bot: posting },
      {
        id: channel(3),
        type: "channel",
        title: `${name} archive`,
        username: `${handle}_archive`,
        owner: handle,
        bot: { status: "administrator", can_post_messages: false },
      },
      {
        id: channel(4),
        type: "channel",
        title: `${name} elsewhere`,
        username: `${handle}_elsewhere`,
        owner: handle,
        bot: { status: "left" },
      },
      { id: channel(9), type: "supergroup", title: `${name} friends`, owner: handle, bot: { status: "member" } },
      { id: -4_000_001 - number(0), type: "group", title: `${name} friends`, owner: handle, bot: { status: "member" } },
      {
        id: -4_000_002 - number(0),
        type: "group",
        title: `${name} friends`,
        owner: handle,
        bot: { status: "member" },
        upgradedTo: channel(9),
      },
    ];
  });
}
