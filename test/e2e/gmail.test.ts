/** Gmail with the built program: connected, written with, asked and left, as its owner would. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { largeFilm, sha256 } from "./large-film.ts";
import { rehearsal } from "./rehearsal.ts";

const upload = "/upload/gmail/v1/users/me/messages/send";

it("is connected, writes with all that it has, is asked, and is left", { timeout: 60_000 }, async () => {
  const space = await rehearsal();
  const { done, program, timeline, asked, control, folder } = space;
  const connected = await done("connect", "gmail");
  expect(connected.stdout).toContain("gmail/acme@gmail.com");
  expect((await done("tokens", "status", "--live")).stdout).toMatch(/healthy .*live: mail of acme@gmail\.com/);

  const html = join(folder, "letter.html");
  writeFileSync(html, "<h1>Grüße</h1>");
  const film = largeFilm(space, 9_000_000);
  const to = 'Anna <anna@example.com>, "Brown, Bob" <bob@example.com>';
  const words = [
    "Grüße aus der Bäckerei\nbis bald",
    "--title",
    "Neues Brot – und mehr 🥖",
    "--option",
    `gmail.to=${to}`,
  ];
  const more = [
    "--option",
    "gmail.bcc=eve@example.com",
    "--option",
    "gmail.from-name=Bäckerei",
    "--option",
    `gmail.html=${html}`,
  ];
  const files = ["--image", mediaFile("photo.jpg"), "--video", film];
  await done("publish", "--platform", "gmail", ...words, ...more, ...files);
  expect(await timeline()).toMatchObject([
    {
      title: "Neues Brot – und mehr 🥖",
      text: "Grüße aus der Bäckerei\nbis bald",
      visibility: "to anna@example.com, bob@example.com",
      media: [
        { type: "image/jpeg", sha256: await sha256(mediaFile("photo.jpg")), alt: "photo.jpg" },
        { type: "video/mp4", bytes: 9_000_000, sha256: await sha256(film) },
      ],
    },
  ]);

  const refused = await program("publish", "--platform", "gmail", "Hi", "--title", "A", "--option", "gmail.to=bob");
  expect(refused.code).toBe(7);
  expect(refused.stderr).toContain('"bob" is no e-mail address');
  expect((await program("publish", "--platform", "gmail", "Hi", "--title", "A")).stderr).toContain(
    "--option gmail.to=",
  );

  // Whether it went out cannot be asked: it is said, and nothing is sent again.
  await control("POST", "/faults", { platform: "gmail", path: upload, fault: "drop-after" });
  const lost = await program(
    "publish",
    "--platform",
    "gmail",
    "Once",
    "--title",
    "Once",
    "--option",
    "gmail.to=b@example.com",
  );
  expect(lost.code).toBe(9);
  expect(await asked(upload)).toEqual(["POST 200", "POST null"]);

  const late = { platform: "gmail", path: upload, fault: { kind: "error", name: "retryAfter" } };
  await control("POST", "/faults", late);
  const waiting = await program(
    "publish",
    "--platform",
    "gmail",
    "Hi",
    "--title",
    "A",
    "--option",
    "gmail.to=b@example.com",
    "--json",
  );
  expect(waiting.code).toBe(6);
  expect((await done("disconnect", "gmail/acme@gmail.com", "--yes")).stdout).toContain("revoked");
});
