import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import {
  percentEncoded,
  type SigningKeys,
  signatureBase,
  signatureOf,
  signed,
} from "../../src/oauth/oauth1-signature.ts";

/** The value of one parameter of the Authorization header. */
function parameterOf({ headers }: HttpRequest, name: string): string | null {
  const value = new RegExp(`[ ,]${name}="([^"]*)"`).exec(headers?.["authorization"] ?? "")?.[1];
  return value === undefined ? null : decodeURIComponent(value);
}

/** The request of RFC 5849 sections 3.1 and 3.4.1. */
const example: HttpRequest = {
  method: "POST",
  url: "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  body: "c2&a3=2+q",
};

describe("RFC 5849 section 3.4.1", () => {
  const protocol = [
    ["oauth_consumer_key", "9djdj82h48djs9d2"],
    ["oauth_token", "kkk9d7dh3k39sjv7"],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_timestamp", "137131201"],
    ["oauth_nonce", "7d8f3e4a"],
  ] as const;

  it("makes the signature base string of section 3.4.1.1", () => {
    expect(signatureBase(example, protocol)).toBe(
      "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
    );
  });

  // Section 3.4.1.2.
  it.each([
    ["http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"],
    ["https://www.example.net:8080/?q=1", "https://www.example.net:8080/"],
  ])("the base string URI of %s is %s", (url, uri) => {
    expect(signatureBase({ method: "GET", url }, []).split("&")[1]).toBe(percentEncoded(uri));
  });

  it("leaves a body that is no form out", () => {
    const url = "https://api.example.net/upload";
    const plain = signatureBase({ method: "POST", url }, protocol);
    const bodies = [
      ["application/json", '{"a":"b"}'],
      ["multipart/form-data; boundary=b", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--b--\r\n'],
      ["text/plain", "a=b"],
    ] as const;
    for (const [type, body] of bodies) {
      expect(signatureBase({ method: "POST", url, headers: { "content-type": type }, body }, protocol), type).toBe(
        plain,
      );
    }
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    expect(signatureBase({ method: "POST", url, headers: form, body: "a=b" }, protocol)).not.toBe(plain);
  });
});

describe("signatures that others published", () => {
  const printer = { consumerKey: "dpf43f3p2l4k3l03", consumerSecret: "kd94hf93k423kf44" };

  /** The parameters as the RFC has them: without a version. */
  const protocolOf = (keys: SigningKeys, [oauth_timestamp, oauth_nonce]: readonly [string, string], more = {}) =>
    Object.entries({
      oauth_consumer_key: keys.consumerKey,
      ...(keys.token === "" ? {} : { oauth_token: keys.token }),
      oauth_signature_method: "HMAC-SHA1",
      oauth_timestamp,
      oauth_nonce,
      ...more,
    });

  it.each([
    {
      what: "temporary credentials",
      request: { method: "POST", url: "https://photos.example.net/initiate" },
      keys: { ...printer, token: "", tokenSecret: "" },
      stamp: ["137131200", "wIjqoS"],
      more: { oauth_callback: "http://printer.example.com/ready" },
      signature: "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
    },
    {
      what: "token credentials",
      request: { method: "POST", url: "https://photos.example.net/token" },
      keys: { ...printer, token: "hh5s93j4hdidpola", tokenSecret: "hdhd0244k9j7ao03" },
      stamp: ["137131201", "walatlh"],
      more: { oauth_verifier: "hfdp7dh39dks9884" },
      signature: "gKgrFCywp7rO0OXSjdot/IHF7IU=",
    },
    {
      what: "a photo",
      request: { method: "GET", url: "http://photos.example.net/photos?file=vacation.jpg&size=original" },
      keys: { ...printer, token: "nnch734d00sl2jdk", tokenSecret: "pfkkdhi9sl3r4s00" },
      stamp: ["137131202", "chapoH"],
      more: {},
      signature: "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
    },
  ] as const)("RFC 5849 section 1.2: the request for $what", async ({ request, keys, stamp, more, signature }) => {
    expect(await signatureOf(request, protocolOf(keys, stamp, more), keys)).toBe(signature);
  });

  it("RFC 5849 section 3.1, as verified erratum 2550 puts it right", async () => {
    const keys = {
      consumerKey: "9djdj82h48djs9d2",
      consumerSecret: "j49sk3j29djd",
      token: "kkk9d7dh3k39sjv7",
      tokenSecret: "dh893hdasih9",
    };
    expect(await signatureOf(example, protocolOf(keys, ["137131201", "7d8f3e4a"]), keys)).toBe(
      "r6/TJjbCOr97/+UU0NsvSne7s5g=",
    );
  });

  // https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature
  it("X's own example", async () => {
    const keys: SigningKeys = {
      consumerKey: "xvz1evFS4wEEPTGEFPHBog",
      consumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
      token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
      tokenSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    };
    const request = await signed(
      {
        method: "POST",
        url: "https://api.x.com/1.1/statuses/update.json?include_entities=true",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
      },
      keys,
      { timestamp: 1_318_622_958, nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg" },
    );
    expect(parameterOf(request, "oauth_signature")).toBe("Ls93hJiZbQ3akF3HF3x1Bz8/zU4=");
  });
});
