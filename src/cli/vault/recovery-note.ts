/** How the recovery code is shown, the only time it is. */
export function recoveryNote(code: string | null): string[] {
  if (code === null) return [];
  return ["", "Recovery code, shown only now. Write it down and keep it somewhere else:", "", `  ${code}`, ""];
}
