/** A post as a document: for places that have no API, and for people who read it before it goes out. */
import { Failure } from "../../domain/failure.ts";
import { contentFor, type PostContent, type PostDraft, type PostPart } from "../../domain/post.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { pickPost } from "./pick.ts";

interface ExportOptions {
  readonly file?: string;
  readonly platform?: string;
  readonly format?: string;
  readonly out?: string;
}

export const exportPost: CommandModule = {
  declare: (command) =>
    command
      .argument("[id]", "a post's or a delivery's id, or how it begins")
      .option("--file <file>", "a post file in place of it; nothing of it is stored")
      .option("--platform <platform>", "what the post says there")
      .option("--format <format>", "html or markdown", "html")
      .option("--out <file>", "write it there, not to standard output")
      .addHelpText(
        "after",
        `
Needs no key. A page that a browser shows can be copied as a whole and pasted
into an editor on the web: the way to Medium for who has no token of it.
Examples:
  agencyiq posts export --file rye.md --platform medium --out rye.html
  agencyiq posts export 3f2a91c0 --format markdown`,
      ),
  run: async (context, input) => {
    const { platform, format = "html", out, file } = optionsOf<ExportOptions>(input);
    const [id] = input.args;
    if (format !== "html" && format !== "markdown") {
      throw new Failure("usage", `"${format}" is no format`, { hint: "--format html, or markdown" });
    }
    if (platform !== undefined && !context.services.platformIds.includes(platform)) {
      throw new Failure("usage", `there is no platform "${platform}"`, { hint: "agencyiq platforms list" });
    }
    const meant = await meantPost(context, typeof id === "string" ? id : undefined, file);
    const content = contentFor(meant.draft, platform ?? "");
    const document = format === "html" ? await asHtml(content) : asMarkdown(content);
    const written = out === undefined ? null : await context.machine.writePublic(out, document);
    context.output.result(() => written ?? document.trimEnd(), {
      post: meant.id,
      format,
      file: written,
      document: written === null ? document : null,
    });
    if (platform === "medium") context.output.note(byHand(written, content.link));
    return null;
  },
};

async function meantPost(
  context: Context,
  id: string | undefined,
  file: string | undefined,
): Promise<{ readonly id: string | null; readonly draft: PostDraft }> {
  if ((id === undefined) === (file === undefined)) {
    throw new Failure("usage", id === undefined ? "which post?" : "an id and --file exclude each other", {
      hint: "name a post by its id (agencyiq posts list), or a post file with --file",
    });
  }
  if (id !== undefined) {
    const { post } = await pickPost(context, id);
    return { id: post.id, draft: post.draft };
  }
  const { postsInFiles } = await import("../given-posts.ts");
  const [post] = await postsInFiles(context, [], { file: [file ?? ""] });
  if (!post) throw new Failure("usage", `${file} has no post`, { hint: "docs/post-files.md shows how one is written" });
  return { id: null, draft: post.draft };
}

/** Title, words and pictures of every part, as CommonMark. */
function asMarkdown({ title, link, thread, ...first }: PostContent): string {
  const parts = [first, ...thread].map(partAsMarkdown).filter((part) => part !== "");
  const words = parts.join("\n\n***\n\n");
  const missing = link !== null && !words.includes(link) ? [`<${link}>`] : [];
  return `${[...(title === null ? [] : [`# ${title}`]), words, ...missing].filter(Boolean).join("\n\n")}\n`;
}

function partAsMarkdown({ text, images }: PostPart): string {
  const pictures = images.map(({ alt, url, file }) => `![${(alt ?? "").replace(/[[\]]/g, "")}](<${url ?? file}>)`);
  return [text, ...pictures].filter((piece) => piece.trim() !== "").join("\n\n");
}

/** A whole page, so that a browser opens it by itself. */
async function asHtml(content: PostContent): Promise<string> {
  const { marked } = await import("marked");
  const body = await marked.parse(asMarkdown(content), { async: true, gfm: true });
  const { title, link, language } = content;
  return `<!doctype html>
<html${language === null ? "" : ` lang="${escaped(language)}"`}>
<head>
<meta charset="utf-8">
<title>${escaped(title ?? "A post")}</title>${link === null ? "" : `\n<link rel="canonical" href="${escaped(link)}">`}
</head>
<body>
${body.trim()}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function byHand(written: string | null, link: string | null): string {
  const paste = `Open ${written ?? "it"} in a browser, copy all of it, and paste it into https://medium.com/new-story`;
  return link === null ? paste : `${paste}; or have Medium fetch ${link}: https://medium.com/p/import`;
}
