/**
 * Bluesky's own PDS with a directory of identities (PLC) in memory, on loopback: what a test starts as a child process. Its
 * first line on stdout says where they are; it ends with its standard input.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { envToCfg, envToSecrets, PDS } from "@atproto/pds";
import { assureValidNextOp, formatDidDoc, opToData } from "@did-plc/lib";

const [folder, port, plcRotationKey] = process.argv.slice(2);

/** The operations of each identity, as https://web.plc.directory/spec/v0.1/did-plc keeps them; checked by its own library. */
const operations = new Map();

const plc = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  try {
    const [did, part] = decodeURIComponent(request.url.slice(1)).split("/");
    const known = operations.get(did) ?? [];
    if (request.method === "POST") {
      const operation = await json(request);
      const { nullified } = await assureValidNextOp(did, known, operation);
      if (nullified.length > 0) throw new Error("nothing is taken back here");
      operations.set(did, [...known, { did, operation, createdAt: new Date(), nullified: false, cid: null }]);
      return answer(200, {});
    }
    const last = known.at(-1);
    if (last === undefined) return answer(404, { message: `DID not registered: ${did}` });
    const data = await opToData(did, last.operation);
    return answer(200, part === "data" ? data : formatDidDoc(data));
  } catch (error) {
    return answer(400, { message: String(error) });
  }
});
plc.listen(0, "127.0.0.1");
await once(plc, "listening");
const plcUrl = `http://127.0.0.1:${plc.address().port}`;

const blobs = join(folder, "blobs");
mkdirSync(blobs, { recursive: true });
const settings = {
  devMode: true,
  port: Number(port),
  dataDirectory: folder,
  blobstoreDiskLocation: blobs,
  blobstoreDiskTmpLocation: join(folder, "blobs-under-way"),
  didPlcUrl: plcUrl,
  enableDidDocWithSession: true,
  serviceHandleDomains: [".test"],
  adminPassword: "of-the-test",
  jwtSecret: "of-the-test",
  dpopSecret: "0123456789abcdef".repeat(4),
  plcRotationKeyK256PrivateKeyHex: plcRotationKey,
  inviteRequired: false,
  disableSsrfProtection: true,
  bskyAppViewUrl: "http://127.0.0.1:1",
  bskyAppViewDid: "did:example:nobody",
};
const pds = await PDS.create(envToCfg(settings), envToSecrets(settings));
await pds.start();
process.stdout.write(`${JSON.stringify({ url: `http://localhost:${port}`, plcUrl })}\n`);
process.stdin.resume().once("end", () => process.exit(0));
