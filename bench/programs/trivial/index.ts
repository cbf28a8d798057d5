import { readFileSync } from "node:fs";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** The least that a change of a machine can be: one command that reads its standard input. */
const file = new pulumi.Config("bench").require("file");
const { connection, stdin } = JSON.parse(readFileSync(file, "utf8")) as {
  connection: command.types.input.remote.ConnectionArgs;
  stdin: string;
};

new command.remote.Command("trivial", {
  connection,
  create: "cat >/root/trivial",
  update: "cat >/root/trivial",
  stdin,
});
