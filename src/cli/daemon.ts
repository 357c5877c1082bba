import { type DaemonEvents, runDaemon, sweepOnce, type Wish } from "../app/daemon.ts";
import { sendDueOnce } from "../app/due-posts.ts";
import { overallFailure } from "../app/overall-failure.ts";
import { unattended } from "../app/unattended.ts";
import { Failure } from "../domain/failure.ts";
import { minutes, parseDuration, seconds, spanOfTime } from "../domain/time.ts";
import { type CommandModule, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { type DaemonReport, reportFor } from "./daemon-report.ts";
import { deliveryDocument, deliveryLine } from "./delivery-report.ts";
import { tellOwner } from "./notify/tell-owner.ts";
import { wholeNumber } from "./numbers.ts";
import { asTable, document } from "./tokens/refresh.ts";

interface DaemonFlags {
  readonly once?: boolean;
  readonly interval?: string;
  readonly metrics?: string;
  readonly concurrency?: string;
  readonly rate?: string;
  readonly log?: string;
}

export const daemon: CommandModule = {
  declare: (command) =>
    command
      .option("--once", "do what is due now, then end: for cron")
      .option("--interval <duration>", "between two full checks", "5m")
      .option("--metrics <address>", "serve Prometheus metrics, say at 127.0.0.1:9464")
      .option("--concurrency <count>", "accounts of one server at once", "8")
      .option(
        "--rate <count>",
        "refreshes of one server a second, where the platform names no limit (0: no limit)",
        "20",
      )
      .option("--log <form>", "text or json (default: text at a terminal, else json)")
      .addHelpText(
        "after",
        `
Runs in the foreground: refreshes tokens before they end, warns of what cannot
be refreshed, sends posts when they are due, tells you what happened. One
daemon a vault.
Ctrl-C or SIGTERM: what was sent is stored first. SIGUSR1 pauses and resumes;
SIGHUP looks at everything anew. The log names accounts by their id:
agencyiq accounts list --json.
Examples:
  agencyiq daemon
  agencyiq daemon --metrics 127.0.0.1:9464 --log json
  agencyiq daemon --once --quiet`,
      ),
  run: async (context, input) => {
    const flags = optionsOf<DaemonFlags>(input);
    const limits = limitsOf(flags);
    return flags.once ? runOnce(context, limits) : runOn(context, flags, limits);
  },
};

interface Limits {
  readonly concurrency: number;
  readonly rate: { readonly perSecond: number; readonly burst: number } | null;
}

function limitsOf(flags: DaemonFlags): Limits {
  const perSecond = wholeNumber(flags.rate ?? "20", "--rate", 0, 100_000);
  return {
    concurrency: wholeNumber(flags.concurrency ?? "8", "--concurrency", 1, 1000),
    rate: perSecond === 0 ? null : { perSecond, burst: perSecond * 2 },
  };
}

async function runOnce(context: Context, limits: Limits): Promise<Failure | null> {
  const { services, output, signal, machine } = context;
  try {
    const results = await output.progress("refreshing", sweepOnce(services, { ...limits, signal }));
    const due = services.uninterrupted(() => sendDueOnce(unattended(services), { signal }));
    const deliveries = (await output.progress("sending what is due", due)) ?? [];
    await tellOwner(context);
    const reader = { output, now: services.clock.now(), timeZone: machine.timeZone };
    const lines = () => deliveries.map((delivery) => deliveryLine(delivery, reader));
    output.result(() => [asTable(results, reader.now, output.width), ...lines()].filter(Boolean).join("\n"), {
      results: results.map(document),
      deliveries: deliveries.map(deliveryDocument),
    });
    const all = [...results, ...deliveries];
    if (all.length > 1 && !output.json) for (const { failure } of all) if (failure) output.failure(failure);
    return overallFailure(all);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "daemon_running") throw error;
    // For a cron line that was left beside a daemon, this is as it should be.
    output.result("a daemon is running for this vault; the work is left to it", {
      results: [],
      deliveries: [],
      daemon: true,
    });
    return null;
  }
}

async function runOn(context: Context, flags: DaemonFlags, limits: Limits): Promise<null> {
  const { services, signal, monitoring } = context;
  const report = await reportFor(context, formOf(flags));
  const metrics = flags.metrics === undefined ? null : await startMetrics(context, flags.metrics);
  const { manager } = monitoring;
  const wishes = new Set<(wish: Wish) => void>();
  const observed: Context["services"] = {
    ...unattended(services),
    observe: (event) => {
      if (event.kind === "refresh") metrics?.refreshed(event.platform, event.outcome);
      if (event.kind === "lock") metrics?.lockWaited(event.platform, event.waited);
      if (event.kind === "posts") for (const listener of wishes) listener("look");
    },
  };
  // Asked to end, it ends by itself: the process waits for what is stored on the way.
  await services.uninterrupted(() =>
    runDaemon(observed, {
      ...limits,
      interval: intervalOf(flags),
      spread: seconds(20),
      heartbeat: Math.min(seconds(30), (manager.watchdogInterval ?? minutes(2)) / 3),
      signal,
      startAgent: async () => {
        const agent = await context.startAgent(observed);
        if (agent) report.say("info", "answering", `Other commands ask here: ${agent.path}`, { path: agent.path });
        return agent;
      },
      onWish: (listener) => {
        wishes.add(listener);
        monitoring.onWish(listener);
      },
      events: eventsFor(report, context, metrics?.url ?? null),
    }).finally(() => metrics?.close()),
  );
  report.say("info", "stopped", "Stopped.");
  return null;
}

function intervalOf({ interval = "5m" }: DaemonFlags): number {
  const duration = parseDuration(interval);
  if (duration !== null && duration >= seconds(1)) return duration;
  throw new Failure("usage", `--interval "${interval}" is not a duration`, { hint: "write 30s, 5m or 1h" });
}

function formOf({ log }: DaemonFlags): "text" | "json" | null {
  if (log === undefined || log === "text" || log === "json") return log ?? null;
  throw new Failure("usage", `--log ${log}: there is text and json`);
}

async function startMetrics({ monitoring, services }: Context, address: string) {
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (!host)
    throw new Failure("usage", `--metrics "${address}" is not an address`, { hint: "--metrics 127.0.0.1:9464" });
  const vault = await services.vault();
  return monitoring.startMetrics({
    host,
    port: wholeNumber(port, "the port of --metrics", 0, 65_535),
    census: () => vault.census(),
  });
}

function eventsFor(report: DaemonReport, { monitoring }: Context, metrics: string | null): DaemonEvents {
  const { manager } = monitoring;
  return {
    ready: () => {
      const where = metrics === null ? "" : ` Metrics: ${metrics}`;
      report.say("info", "ready", `Watching every token and post (Ctrl-C ends it).${where}`, { metrics });
      manager.ready();
    },
    refreshed: (result, account) => report.refreshed(result, account),
    delivered: (result) => report.delivered(result),
    checked: (found) => {
      if (found > 0) report.say("info", "found", `${found} things to tell`, { found });
    },
    told: (told) => {
      for (const { channel, outcome, error } of told) {
        const words = error === null ? `told through ${channel}` : `could not tell through ${channel}: ${error}`;
        report.say(error === null ? "info" : "warn", "told", words, { channel, outcome, error });
      }
    },
    paused: (paused) => {
      report.say("warn", paused ? "paused" : "resumed", paused ? "Paused (SIGUSR1 resumes)." : "Resumed.");
      manager.status(paused ? "paused" : "tokens are watched");
    },
    reloaded: () => report.say("info", "reloaded", "Looking at everything anew."),
    clockStepped: (by) =>
      report.say(
        "warn",
        "clock_stepped",
        `The clock went ${by < 0 ? "back" : "ahead"} by ${spanOfTime(Math.abs(by))}.`,
        {
          seconds: Math.round(by / 1000),
        },
      ),
    troubled: (failure) => report.trouble(failure),
    stopping: (underWay) => {
      manager.stopping();
      report.say(
        "info",
        "stopping",
        underWay > 0 ? `Stopping; ${underWay} under way are finished first.` : "Stopping.",
        {
          underWay,
        },
      );
    },
    beat: () => manager.alive(),
  };
}
