/** Every command, in the order `--help` shows them. Only the one that runs is loaded. */
import type { CommandEntry } from "./command.ts";

export const commands: readonly CommandEntry[] = [
  {
    path: "setup",
    summary: "make a developer app step by step, store it, connect, check",
    load: async () => (await import("./setup.ts")).setup,
  },
  {
    path: "connect",
    summary: "connect an account in the browser, or with --device",
    load: async () => (await import("./connect.ts")).connect,
  },
  {
    path: "import",
    summary: "take over tokens from .env, JSON, gh, toot or xurl",
    load: async () => (await import("./import.ts")).importTokens,
  },
  {
    path: "disconnect",
    summary: "revoke an account's tokens and forget it",
    load: async () => (await import("./disconnect.ts")).disconnect,
  },
  {
    path: "accounts list",
    summary: "the connected accounts",
    groupDefault: true,
    load: async () => (await import("./accounts/list.ts")).list,
  },
  {
    path: "accounts show",
    summary: "one account in full",
    load: async () => (await import("./accounts/show.ts")).show,
  },
  {
    path: "accounts rename",
    summary: "change the name an account is addressed by",
    load: async () => (await import("./accounts/rename.ts")).rename,
  },
  {
    path: "accounts default",
    summary: "choose which account a platform's name alone means",
    load: async () => (await import("./accounts/default.ts")).makeDefault,
  },
  {
    path: "tokens status",
    summary: "the health of every token",
    groupDefault: true,
    load: async () => (await import("./tokens/status.ts")).status,
  },
  {
    path: "tokens refresh",
    summary: "refresh what is due",
    load: async () => (await import("./tokens/refresh.ts")).refresh,
  },
  {
    path: "tokens print",
    summary: "a valid access token on stdout, for scripts",
    load: async () => (await import("./tokens/print.ts")).print,
  },
  {
    path: "publish",
    summary: "post to one or many accounts",
    load: async () => (await import("./publish.ts")).publish,
  },
  {
    path: "brands list",
    summary: "the customers, their posting cycles and quotas",
    groupDefault: true,
    load: async () => (await import("./brands/list.ts")).list,
  },
  {
    path: "brands add",
    summary: "add a customer",
    load: async () => (await import("./brands/add.ts")).add,
  },
  {
    path: "brands set",
    summary: "change a customer's name, time zone, cycle or quota",
    load: async () => (await import("./brands/set.ts")).set,
  },
  {
    path: "brands show",
    summary: "one customer, its accounts and its cycle",
    load: async () => (await import("./brands/show.ts")).show,
  },
  {
    path: "brands remove",
    summary: "forget a customer that has no accounts any more",
    load: async () => (await import("./brands/remove.ts")).remove,
  },
  {
    path: "cycle status",
    summary: "posts used and left, and days left, in the posting cycle",
    groupDefault: true,
    load: async () => (await import("./cycle/status.ts")).status,
  },
  {
    path: "posts list",
    summary: "what is scheduled, out, failed or unknown",
    groupDefault: true,
    load: async () => (await import("./posts/list.ts")).list,
  },
  {
    path: "posts show",
    summary: "one post in full: what was tried, when, and its URL",
    load: async () => (await import("./posts/show.ts")).show,
  },
  {
    path: "posts export",
    summary: "a post as a page or as Markdown, for places without an API",
    load: async () => (await import("./posts/export.ts")).exportPost,
  },
  {
    path: "posts edit",
    summary: "change the text or the time of what has not gone out",
    load: async () => (await import("./posts/edit.ts")).edit,
  },
  {
    path: "posts cancel",
    summary: "do not send it",
    load: async () => (await import("./posts/cancel.ts")).cancel,
  },
  {
    path: "posts retry",
    summary: "send now what did not go out",
    load: async () => (await import("./posts/retry.ts")).retry,
  },
  {
    path: "posts approve",
    summary: "send what missed its time all the same",
    load: async () => (await import("./posts/approve.ts")).approve,
  },
  {
    path: "posts reconcile",
    summary: "find out, or say, whether an unknown one is public",
    load: async () => (await import("./posts/reconcile.ts")).reconcile,
  },
  {
    path: "posts delete",
    summary: "take down what is public",
    load: async () => (await import("./posts/delete.ts")).deletePosts,
  },
  {
    path: "apps list",
    summary: "the stored developer apps",
    groupDefault: true,
    load: async () => (await import("./apps/list.ts")).list,
  },
  {
    path: "apps set",
    summary: "store a developer app (the secret from a prompt or stdin)",
    load: async () => (await import("./apps/set.ts")).set,
  },
  {
    path: "apps show",
    summary: "a developer app and the redirect URI to register",
    load: async () => (await import("./apps/show.ts")).show,
  },
  {
    path: "apps remove",
    summary: "forget a developer app",
    load: async () => (await import("./apps/remove.ts")).remove,
  },
  {
    path: "platforms list",
    summary: "what can be connected",
    groupDefault: true,
    load: async () => (await import("./platforms/list.ts")).list,
  },
  {
    path: "platforms show",
    summary: "one platform: flows, limits, lifetimes, errors",
    load: async () => (await import("./platforms/show.ts")).show,
  },
  {
    path: "platforms add",
    summary: "declare an OAuth 2 service in a file: no code",
    load: async () => (await import("./platforms/add.ts")).add,
  },
  {
    path: "platforms remove",
    summary: "forget a service that a file declared",
    load: async () => (await import("./platforms/remove.ts")).remove,
  },
  {
    path: "vault status",
    summary: "where the vault is and which keys open it",
    groupDefault: true,
    load: async () => (await import("./vault/status.ts")).status,
  },
  { path: "vault init", summary: "make the vault", load: async () => (await import("./vault/init.ts")).init },
  {
    path: "vault rotate",
    summary: "seal every record again under a new key",
    load: async () => (await import("./vault/rotate.ts")).rotate,
  },
  {
    path: "vault rekey",
    summary: "add or remove the ways to open the vault",
    load: async () => (await import("./vault/rekey.ts")).rekey,
  },
  {
    path: "vault backup",
    summary: "write a sealed copy",
    load: async () => (await import("./vault/backup.ts")).backup,
  },
  {
    path: "vault restore",
    summary: "put a copy in the vault's place",
    load: async () => (await import("./vault/restore.ts")).restore,
  },
  {
    path: "cron install",
    summary: "let cron, systemd or launchd keep the tokens alive",
    load: async () => (await import("./cron/install.ts")).install,
  },
  {
    path: "cron show",
    summary: "the installed job, as its scheduler keeps it",
    groupDefault: true,
    load: async () => (await import("./cron/show.ts")).show,
  },
  {
    path: "cron remove",
    summary: "take the job away",
    load: async () => (await import("./cron/remove.ts")).remove,
  },
  {
    path: "notify list",
    summary: "where you are told that an account needs you",
    groupDefault: true,
    load: async () => (await import("./notify/list.ts")).list,
  },
  {
    path: "notify add",
    summary: "be told by e-mail, webhook, Slack, Discord, command, desktop",
    load: async () => (await import("./notify/add.ts")).add,
  },
  {
    path: "notify remove",
    summary: "be told through a channel no longer",
    load: async () => (await import("./notify/remove.ts")).remove,
  },
  {
    path: "notify test",
    summary: "send a test message now",
    load: async () => (await import("./notify/test.ts")).test,
  },
  {
    path: "notify log",
    summary: "what was told, through which channel",
    load: async () => (await import("./notify/log.ts")).log,
  },
  {
    path: "log",
    summary: "what happened to accounts, tokens and posts",
    load: async () => (await import("./log.ts")).log,
  },
  {
    path: "doctor",
    summary: "what is wrong on this machine and how to fix it",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    path: "daemon",
    summary: "keep every token alive, in the foreground",
    load: async () => (await import("./daemon.ts")).daemon,
  },
  {
    path: "sandbox",
    summary: "the platforms, on this machine, to rehearse against",
    load: async () => (await import("./sandbox.ts")).sandbox,
  },
  {
    path: "completion",
    summary: "completion script for bash, zsh or fish",
    load: async () => (await import("./completion.ts")).completionOf(commands),
  },
];
