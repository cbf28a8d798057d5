import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A comment as both services keep it. */
interface Comment {
  id: number;
  body: string;
  /** At GitHub. */
  user: { type: "Bot" | "User" };
  /** At GitLab. */
  author: { id: number };
}

/** The comments of one pull request at GitHub, and of one merge request at GitLab. */
export interface CommentServer {
  url: string;
  comments: Comment[];
  /** Each request, e.g. `POST /repos/o/r/issues/7/comments`. */
  requests: string[];
  close(): void;
}

/** The token that the server lets in. */
export const commentToken = "canary-comment-token";

/** Whose token that is. */
const bot = { user: { type: "Bot" }, author: { id: 99 } } as const;

/** A comment of somebody else. */
export const byPerson = (id: number, body: string): Comment => ({
  id,
  body,
  user: { type: "User" },
  author: { id: 7 },
});

/**
 * What the two services document of these calls: GitHub's "REST API endpoints for issue comments" (list, create, update; Bearer token; a body of 65536
 * characters at most) and GitLab's "Notes API" for merge requests (list, create, modify; `PRIVATE-TOKEN`) with its "Users API" (the token's own user).
 */
export async function startComments(): Promise<CommentServer> {
  const comments: Comment[] = [];
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { status, answer } = answerTo(request, await bodyOf(request), comments);
    response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
    response.end(Array.isArray(answer) && answer.length === 0 ? emptyList : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, comments, requests, close: () => server.close() };
}

/** As GitHub writes it for curl. */
const emptyList = "[\n\n]\n";

function answerTo({ method, url = "", headers }: IncomingMessage, body: string, comments: Comment[]) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const isGitHub = pathname.startsWith("/repos/");
  const allowed = isGitHub
    ? headers.authorization === `Bearer ${commentToken}`
    : headers["private-token"] === commentToken;
  if (!allowed) return { status: 401, answer: { message: isGitHub ? "Bad credentials" : "401 Unauthorized" } };
  const [list, one] = isGitHub
    ? ["/repos/somebody/mail/issues/7/comments", /^\/repos\/somebody\/mail\/issues\/comments\/(\d+)$/]
    : ["/projects/42/merge_requests/7/notes", /^\/projects\/42\/merge_requests\/7\/notes\/(\d+)$/];
  if (pathname === list && method === "GET") {
    const size = Math.min(Number(searchParams.get("per_page") ?? (isGitHub ? 30 : 20)), 100);
    const start = (Number(searchParams.get("page") ?? 1) - 1) * size;
    return { status: 200, answer: comments.slice(start, start + size) };
  }
  if (pathname === "/user" && !isGitHub) return { status: 200, answer: bot.author };
  const text = (JSON.parse(body || "{}") as { body?: string }).body ?? "";
  if (text === "" || text.length > 65_536)
    return { status: isGitHub ? 422 : 400, answer: { message: "Validation Failed" } };
  if (pathname === list && method === "POST") {
    const comment = { id: 1001 + comments.length, body: text, ...bot };
    comments.push(comment);
    return { status: 201, answer: comment };
  }
  const found = comments.find(({ id }) => id === Number(one.exec(pathname)?.[1]));
  if (!found || method !== (isGitHub ? "PATCH" : "PUT")) return { status: 404, answer: { message: "Not Found" } };
  if (found.user.type !== "Bot") return { status: 403, answer: { message: "Forbidden" } };
  found.body = text;
  return { status: 200, answer: found };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}
