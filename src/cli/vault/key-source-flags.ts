import type { Command } from "commander";
import type { CommandInput } from "../command.ts";
import type { KeySourceOptions } from "../context.ts";

/** The flags that say where the key comes from, in place of the environment's. */
export function declareKeySource(command: Command): Command {
  return command
    .option("--key-source <kind>", "keychain, file, passphrase, command or recovery")
    .option("--key-file <path>", "a file with 32 random bytes, mode 0600")
    .option("--key-command <command>", "a program that prints the key");
}

export function keySourceOptions(input: CommandInput): KeySourceOptions {
  const { keySource, keyFile, keyCommand } = input.options as KeySourceOptions;
  return { keySource, keyFile, keyCommand };
}
