/** Every kind of channel, each loaded by its first message. */
import type { SendThrough } from "../../domain/ports/channel-sender.ts";
import type { Http } from "../../domain/ports/http.ts";

export interface ChannelTools {
  readonly http: Http;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function channels({ http, environment }: ChannelTools): SendThrough {
  return async (sending) => {
    const { target } = sending;
    switch (target.kind) {
      case "email":
        return (await import("./email.ts")).sendEmail({ ...sending, target });
      case "webhook":
        return (await import("./webhook.ts")).sendWebhook(http, { ...sending, target });
      case "slack":
        return (await import("./chats.ts")).sendSlack(http, sending);
      case "discord":
        return (await import("./chats.ts")).sendDiscord(http, sending);
      case "telegram":
        return (await import("./chats.ts")).sendTelegram(http, { ...sending, target });
      case "command":
        return (await import("./hook-command.ts")).sendToCommand(environment, { ...sending, target });
      case "desktop":
        return (await import("./desktop.ts")).sendToDesktop(environment, sending);
    }
  };
}
