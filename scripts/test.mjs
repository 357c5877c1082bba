// npm test: what the tests need, the static checks, then every test. Extra words go to vitest: npm test -- test/vault
import { spawnSync } from "node:child_process";

const words = process.argv.slice(2);
const steps = [
  ["bash", ["scripts/install-test-packages.sh"]],
  ...(words.length > 0 ? [] : [["npm", ["run", "--silent", "check"]]]),
  ["npx", ["vitest", "run", ...words]],
];
for (const [command, args] of steps) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
