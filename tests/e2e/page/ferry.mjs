// A server of a folder: FERRY names the program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const FERRY = process.env.FERRY || path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../build/ferry");

// { url, stop() }
export async function serve(...args) {
  const server = spawn(FERRY, ["serve", "--listen", "127.0.0.1:0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const [line] = await Promise.race([once(readline.createInterface(server.stdout), "line"), ended.then(() => ["it has ended"])]);
  const [, address] = line.match(/^listening on (\S+)$/) || [];
  if (!address) throw new Error("ferry serve: " + line);
  return { url: `http://${address}/`, stop: () => (server.kill(), ended) };
}
