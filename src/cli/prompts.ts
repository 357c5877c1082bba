/** Questions to a person. Without a terminal there are none: the flag that answers is named instead. */
import { Failure } from "../domain/failure.ts";

export interface Prompts {
  readonly interactive: boolean;
  text(question: string, flag: string, initial?: string): Promise<string>;
  /** Not echoed. */
  secret(question: string, flag: string): Promise<string>;
  confirm(question: string, flag: string, initial?: boolean): Promise<boolean>;
  choose<T extends string>(question: string, choices: readonly Choice<T>[], flag: string): Promise<T>;
  /** At least one of them. */
  chooseSeveral<T extends string>(question: string, choices: readonly Choice<T>[], flag: string): Promise<T[]>;
}

export interface Choice<T extends string> {
  readonly name: string;
  readonly value: T;
  /** Taken already, unless it is taken out. */
  readonly checked?: boolean;
}

export function createPrompts(interactive: boolean): Prompts {
  const ask = async <T>(question: Record<string, unknown>, flag: string): Promise<T> => {
    if (!interactive) throw questionWithoutTerminal(String(question["message"]), flag);
    const { default: inquirer } = await import("inquirer");
    // Questions are not the answer of the command: they go to stderr.
    const prompt = inquirer.createPromptModule({ output: process.stderr });
    const answers = (await prompt([{ ...question, name: "answer" }] as never)) as {
      answer: T;
    };
    return answers.answer;
  };
  return {
    interactive,
    text: (message, flag, initial) =>
      ask<string>({ type: "input", message, ...(initial === undefined ? {} : { default: initial }) }, flag),
    secret: (message, flag) => ask<string>({ type: "password", message, mask: "*" }, flag),
    confirm: (message, flag, initial = false) => ask<boolean>({ type: "confirm", message, default: initial }, flag),
    choose: <T extends string>(message: string, choices: readonly Choice<T>[], flag: string) =>
      ask<T>({ type: "select", message, choices: [...choices] }, flag),
    chooseSeveral: <T extends string>(message: string, choices: readonly Choice<T>[], flag: string) =>
      ask<T[]>({ type: "checkbox", message, choices: [...choices], required: true }, flag),
  };
}

function questionWithoutTerminal(question: string, flag: string): Failure {
  return new Failure(
    "question_without_terminal",
    `"${question.replace(/[:?]\s*$/, "")}" must be answered, and there is no terminal to ask`,
    {
      hint: `give ${flag}`,
    },
  );
}
