import { expect, test } from "vitest";
import { splitCommandLine } from "../../src/system/command-line.ts";

test.each([
  ["pass show agencyiq", ["pass", "show", "agencyiq"]],
  ["'my program' \"a b\" c\\ d", ["my program", "a b", "c d"]],
  ["cat $HOME/key; rm -rf *", ["cat", "$HOME/key;", "rm", "-rf", "*"]],
  ['["C:\\\\Program Files\\\\key.exe", "a\\"b"]', ["C:\\Program Files\\key.exe", 'a"b']],
  ["[1,2]", ["[1,2]"]],
  ["[ -f key ]", ["[", "-f", "key", "]"]],
  ["", null],
  ["   ", null],
  ["[]", null],
  ["pass 'show", null],
])("%s", (line, words) => {
  expect(splitCommandLine(line)).toEqual(words);
});
