export const graph = "https://graph.threads.net";

/** There is one version; Meta has announced no other. */
export const api1 = `${graph}/v1.0`;
