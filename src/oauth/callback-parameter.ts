/** Whether a callback carries exactly this value, once, under this name; compared in constant time. */
export function carriesParameter(url: URL, name: string, value: string): boolean {
  const given = url.searchParams.getAll(name);
  const [only] = given;
  if (only === undefined || given.length !== 1 || only.length !== value.length) return false;
  let difference = 0;
  for (let index = 0; index < value.length; index += 1) difference |= only.charCodeAt(index) ^ value.charCodeAt(index);
  return difference === 0;
}
