/** Every source of a slot's key, over its real edge. Loaded with the first key that is needed. */
import type { KeySourceOptions } from "./cli/context.ts";
import type { KeySource, SlotKind } from "./domain/ports/keys.ts";
import type { Random } from "./domain/ports/machine.ts";
import { keyCommandSource } from "./system/key-command.ts";
import { keyFileSource } from "./system/key-file.ts";
import { keychainSource } from "./system/keychain.ts";
import { passphraseSource } from "./vault/passphrase.ts";
import { recoverySource } from "./vault/recovery-code.ts";

interface KeySourceInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly random: Random;
  readonly asking: {
    readonly passphrase: (isNew: boolean) => Promise<string>;
    readonly recoveryCode: () => Promise<string>;
  };
  readonly options: KeySourceOptions;
  readonly interactive: boolean;
}

export function keySources({
  environment,
  random,
  asking,
  options,
  interactive,
}: KeySourceInput): Record<SlotKind, () => KeySource> {
  return {
    keychain: () => keychainSource(random, environment, { attended: interactive }),
    file: () =>
      keyFileSource({
        path: options.keyFile ?? environment["AGENCYIQ_KEY_FILE"] ?? null,
        credentialsDirectory: environment["CREDENTIALS_DIRECTORY"] ?? null,
        random,
      }),
    command: () =>
      keyCommandSource({
        command: options.keyCommand ?? environment["AGENCYIQ_KEY_COMMAND"] ?? null,
        ignoreRecorded: options.ignoreRecordedCommand ?? false,
        environment,
      }),
    passphrase: () => passphraseSource(asking.passphrase, random),
    recovery: () => recoverySource(asking.recoveryCode),
  };
}
